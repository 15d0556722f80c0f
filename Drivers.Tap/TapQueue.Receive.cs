using System.Runtime.InteropServices;
using NetStack.Core;

namespace NetStack.Drivers.Tap;

// From the kernel. The blocks that the next frame is read into stand ready from one frame to the next: most frames fill only
// the first of them, and only what was filled is replaced.
internal sealed unsafe partial class TapQueue
{
    public int Receive(Span<PacketBuffer> burst, PacketPool pool)
    {
        int count = 0;
        if (_scratch is null)
        {
            return 0;
        }

        for (int reads = 0; reads < burst.Length; reads++)
        {
            if (!TryPrepare(pool))
            {
                // Left in the kernel's queue the frame would wake the loop at once, and again, until a block is free.
                if (!DropNext(pool))
                {
                    break;
                }

                continue;
            }

            nint lengthBytes = _receiveBlocks.Length == 1
                ? LibC.Read(_descriptor, (byte*)_receiveVectors->Start, _receiveVectors->LengthBytes)
                : LibC.ReadVector(_descriptor, _receiveVectors, _receiveBlocks.Length);
            if (lengthBytes <= _headerBytes)
            {
                if (lengthBytes >= 0 || !CanReadOn(Marshal.GetLastPInvokeError()))
                {
                    break;
                }
            }
            else if (Take((int)lengthBytes - _headerBytes, pool) is { } frame)
            {
                burst[count++] = frame;
            }
        }

        return count;
    }

    /// <summary>Returns the blocks that stand ready.</summary>
    public void ReleaseBlocks()
    {
        for (int i = 0; i < _receiveBlocks.Length; i++)
        {
            if (_receiveBlocks[i] is { } block)
            {
                _receiveBlocks[i] = null;
                block.Pool.Return(block);
            }
        }
    }

    /// <returns>False where the pool is used up.</returns>
    private bool TryPrepare(PacketPool pool)
    {
        PacketBuffer?[] blocks = _receiveBlocks;
        for (int i = 0; i < blocks.Length && blocks[i] is null; i++)
        {
            int startBytes = i == 0 ? FrameStartBytes : 0;
            if (pool.TryLease(startBytes) is not { } block)
            {
                // Others need what is left more than frames that may never come.
                ReleaseBlocks();
                return false;
            }

            int headerBytes = i == 0 ? _headerBytes : 0;
            blocks[i] = block;
            _receiveVectors[i] = new IoVector
            {
                Start = block.DataPointer - headerBytes,
                LengthBytes = (nuint)(block.TailroomBytes + headerBytes),
            };
        }

        return true;
    }

    /// <summary>Makes a frame of the blocks that were filled.</summary>
    /// <returns>The frame; null where its header of offload facts is none.</returns>
    private PacketBuffer? Take(int lengthBytes, PacketPool pool)
    {
        PacketBuffer frame = _receiveBlocks[0]!;
        PacketBuffer tail = frame;
        for (int i = 0; ; i++)
        {
            PacketBuffer block = _receiveBlocks[i]!;
            _receiveBlocks[i] = null;
            if (i > 0)
            {
                tail.Append(block);
                tail = block;
            }

            int part = Math.Min(lengthBytes, block.TailroomBytes);
            block.Extend(part);
            lengthBytes -= part;
            if (lengthBytes == 0)
            {
                break;
            }
        }

        if (_headerBytes > 0 && !VirtioNetHeader.TryRead(frame.DataPointer - VirtioNetHeader.LengthBytes, frame))
        {
            CountReceived(frame.TotalLength, pool);
            pool.Drop(frame, DropReason.OffloadFactsMalformed);
            return null;
        }

        return frame;
    }

    /// <summary>Reads a frame that no block is free for, and counts it.</summary>
    /// <returns>Whether there was one.</returns>
    private bool DropNext(PacketPool pool)
    {
        nint lengthBytes = LibC.Read(_descriptor, _scratch, ScratchBytes);
        if (lengthBytes <= _headerBytes)
        {
            return lengthBytes < 0 && CanReadOn(Marshal.GetLastPInvokeError());
        }

        CountReceived((int)lengthBytes - _headerBytes, pool);
        pool.Counters.CountDrop(DropReason.PoolExhausted);
        return true;
    }

    /// <summary>Counts a frame that the layers above do not see.</summary>
    private static void CountReceived(int lengthBytes, PacketPool pool)
    {
        pool.Counters.Increment(Counter.FramesReceived);
        pool.Counters.Add(Counter.BytesReceived, lengthBytes);
    }

    private bool CanReadOn(int error)
    {
        if (error is Errno.DescriptorInBadState or Errno.BadDescriptor or Errno.NoDevice or Errno.InputOutput)
        {
            LostWithError = error;
        }

        return error == Errno.Interrupted;
    }
}
