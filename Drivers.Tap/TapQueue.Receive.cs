using System.Runtime.InteropServices;
using NetStack.Core;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.Tap;

// From the kernel. The blocks that the next frame is read into stand ready from one frame to the next: most frames fill only
// the first of them, and only what was filled is replaced. Where a frame may take several blocks, the kernel is handed all of
// them only while such frames come: setting out the pieces costs each read more than copying a small frame.
internal sealed unsafe partial class TapQueue
{
    public int Receive(Span<PacketBuffer> burst, PacketPool pool)
    {
        int count = 0;
        if (_scratch is null)
        {
            return 0;
        }

        // Request and response: one frame comes at a time, and reading on would find nothing. The waiter tells if it would not.
        int limit = _singlesLeft > 0 ? Math.Min(1, burst.Length) : burst.Length;
        bool isDry = false;
        for (int reads = 0; reads < limit; reads++)
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

            nint lengthBytes = Read();
            if (lengthBytes <= _headerBytes)
            {
                if (lengthBytes >= 0 || !CanReadOn(Marshal.GetLastPInvokeError()))
                {
                    isDry = true;
                    break;
                }
            }
            else if (Take((int)lengthBytes - _headerBytes, pool) is { } frame)
            {
                burst[count++] = frame;
            }
        }

        ExpectLike(count, wasSingle: _singlesLeft > 0, isDry);
        return count;
    }

    /// <summary>Learns from a burst what the next one may be like.</summary>
    private void ExpectLike(int count, bool wasSingle, bool isDry)
    {
        if (wasSingle)
        {
            _singlesLeft -= count;
        }
        else
        {
            _singlesLeft = count == 1 && isDry ? SingleFrameBursts : 0;
        }
    }

    /// <summary>Reads a frame with its header of offload facts into the blocks that stand ready.</summary>
    private nint Read()
    {
        IoVector* first = _receiveVectors;
        if (_receiveBlocks.Length == 1)
        {
            return LibC.Read(_descriptor, (byte*)first->Start, first->LengthBytes);
        }

        if (_readsIntoBlocks)
        {
            nint gathered = LibC.ReadVector(_descriptor, first, _receiveBlocks.Length);
            _smallFrames = gathered > (nint)first->LengthBytes ? 0 : _smallFrames + 1;
            _readsIntoBlocks = _smallFrames < SmallFramesInARow;
            return gathered;
        }

        nint lengthBytes = LibC.Read(_descriptor, _scratch, (nuint)_scratchBytes);
        int left = (int)lengthBytes;
        byte* from = _scratch;
        for (IoVector* vector = first; left > 0; vector++)
        {
            int part = (int)Math.Min((nuint)left, vector->LengthBytes);
            NativeMemory.Copy(from, (void*)vector->Start, (nuint)part);
            from += part;
            left -= part;
        }

        if (lengthBytes > (nint)first->LengthBytes)
        {
            _readsIntoBlocks = true;
            _smallFrames = 0;
        }

        return lengthBytes;
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
        nint lengthBytes = LibC.Read(_descriptor, _scratch, (nuint)_scratchBytes);
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
