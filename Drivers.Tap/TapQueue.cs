using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.Tap;

/// <summary>
/// One descriptor of a TAP and the way of frames through it: one system call a frame, straight into and out of packet blocks.
/// A TAP of several queues would be several of these.
/// </summary>
/// <remarks>
/// The descriptor carries bare frames. A header of offload facts before each (the kernel's vnet header) would be read into,
/// and written from, the headroom before <see cref="FrameStartBytes"/>.
/// </remarks>
internal sealed unsafe class TapQueue : IDisposable
{
    /// <summary>Where a received frame starts in its block: two bytes further than usual, so that the IP header behind the 14 bytes of Ethernet is aligned.</summary>
    public const int FrameStartBytes = PacketBuffer.DefaultHeadroomBytes + 2;

    /// <summary>The Ethernet header with a VLAN tag: what a frame may have beyond the MTU.</summary>
    public const int LinkBytes = EthernetHeader.LengthBytes + 4;

    private const int ScratchBytes = PacketBuffer.BlockBytes;

    private readonly int _blocksPerFrame;
    private byte* _scratch;
    private int _descriptor;

    /// <summary>Takes over the descriptor, which must not block.</summary>
    public TapQueue(SafeFileHandle handle, int mtuBytes)
    {
        Handle = handle;
        _descriptor = (int)handle.DangerousGetHandle();
        int beyondFirst = Math.Max(0, mtuBytes + LinkBytes - (PacketBuffer.BlockBytes - FrameStartBytes));
        _blocksPerFrame = 1 + ((beyondFirst + PacketBuffer.BlockBytes - 1) / PacketBuffer.BlockBytes);
        _scratch = (byte*)NativeMemory.AlignedAlloc(ScratchBytes, PacketBuffer.BlockBytes);
    }

    public SafeFileHandle Handle { get; }

    /// <summary>Whether the last burst ended because the kernel had no room.</summary>
    public bool IsTransmitBlocked { get; private set; }

    /// <summary>The error number with which the descriptor was lost for good; zero while it lives.</summary>
    public int LostWithError { get; private set; }

    public int Receive(Span<PacketBuffer> burst, PacketPool pool)
    {
        int count = 0;
        for (int reads = 0; reads < burst.Length; reads++)
        {
            PacketBuffer? frame = LeaseFrame(pool);
            if (frame is null)
            {
                // Left in the kernel's queue the frame would wake the loop at once, and again, until a block is free.
                if (!DropNext(pool))
                {
                    break;
                }

                continue;
            }

            nint lengthBytes = frame.Next is null
                ? LibC.Read(_descriptor, frame.DataPointer, (nuint)frame.TailroomBytes)
                : ReadChain(frame);
            if (lengthBytes <= 0)
            {
                pool.Return(frame);
                if (lengthBytes < 0 && CanReadOn(Marshal.GetLastPInvokeError()))
                {
                    continue;
                }

                break;
            }

            Fill(frame, (int)lengthBytes, pool);
            burst[count++] = frame;
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, PacketPool pool)
    {
        IsTransmitBlocked = false;
        int count = 0;
        while (count < burst.Length)
        {
            PacketBuffer frame = burst[count];
            if (Write(frame) >= 0)
            {
                frame.Pool.Return(frame);
                count++;
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            switch (error)
            {
                case Errno.Interrupted:
                    continue;
                case Errno.TryAgain:
                    IsTransmitBlocked = true;
                    return count;
                case Errno.InputOutput:
                    // The interface is down: the rest of the burst would fare no better.
                    return Refuse(burst, count, burst.Length, pool);
                case Errno.DescriptorInBadState or Errno.BadDescriptor or Errno.NoDevice:
                    LostWithError = error;
                    return Refuse(burst, count, burst.Length, pool);
                default:
                    count = Refuse(burst, count, count + 1, pool);
                    break;
            }
        }

        return count;
    }

    /// <summary>
    /// Closes the descriptor as soon as no waiter watches it any more. Only the loop that uses the queue, or whoever outlives
    /// it, may call this.
    /// </summary>
    public void Dispose()
    {
        _descriptor = -1;
        Handle.Dispose();
        NativeMemory.AlignedFree(_scratch);
        _scratch = null;
    }

    private static int Refuse(ReadOnlySpan<PacketBuffer> burst, int from, int to, PacketPool pool)
    {
        for (int i = from; i < to; i++)
        {
            pool.Counters.CountDrop(DropReason.DeviceTransmitFailed);
            burst[i].Pool.Return(burst[i]);
        }

        return to;
    }

    private PacketBuffer? LeaseFrame(PacketPool pool)
    {
        PacketBuffer? frame = pool.TryLease(FrameStartBytes);
        PacketBuffer? tail = frame;
        for (int blocks = 1; blocks < _blocksPerFrame && tail is not null; blocks++)
        {
            PacketBuffer? block = pool.TryLease(0);
            if (block is null)
            {
                pool.Return(frame!);
                return null;
            }

            tail.Append(block);
            tail = block;
        }

        return frame;
    }

    /// <summary>Claims the bytes that were read and returns the blocks that were not needed.</summary>
    private static void Fill(PacketBuffer frame, int lengthBytes, PacketPool pool)
    {
        PacketBuffer block = frame;
        while (true)
        {
            int part = Math.Min(lengthBytes, block.TailroomBytes);
            block.Extend(part);
            lengthBytes -= part;
            if (lengthBytes == 0)
            {
                break;
            }

            block = block.Next!;
        }

        if (block.Unlink() is { } unused)
        {
            pool.Return(unused);
        }
    }

    private nint ReadChain(PacketBuffer frame)
    {
        IoVector* vectors = stackalloc IoVector[_blocksPerFrame];
        int count = 0;
        for (PacketBuffer? block = frame; block is not null; block = block.Next)
        {
            vectors[count++] = new IoVector { Start = block.DataPointer, LengthBytes = (nuint)block.TailroomBytes };
        }

        return LibC.ReadVector(_descriptor, vectors, count);
    }

    /// <summary>Reads a frame that no block is free for, and counts it.</summary>
    /// <returns>Whether there was one.</returns>
    private bool DropNext(PacketPool pool)
    {
        nint lengthBytes = LibC.Read(_descriptor, _scratch, ScratchBytes);
        if (lengthBytes <= 0)
        {
            return lengthBytes < 0 && CanReadOn(Marshal.GetLastPInvokeError());
        }

        pool.Counters.Increment(Counter.FramesReceived);
        pool.Counters.Add(Counter.BytesReceived, lengthBytes);
        pool.Counters.CountDrop(DropReason.PoolExhausted);
        return true;
    }

    private bool CanReadOn(int error)
    {
        if (error is Errno.DescriptorInBadState or Errno.BadDescriptor or Errno.NoDevice or Errno.InputOutput)
        {
            LostWithError = error;
        }

        return error == Errno.Interrupted;
    }

    /// <summary>One frame, one call: contiguous up to a page, where copying costs less than the kernel's walk over pieces, gathered beyond.</summary>
    private nint Write(PacketBuffer frame)
    {
        if (frame.Next is null)
        {
            return LibC.Write(_descriptor, frame.DataPointer, (nuint)frame.Length);
        }

        int lengthBytes = frame.TotalLength;
        if (lengthBytes > ScratchBytes)
        {
            return WriteGathered(frame);
        }

        Debug.Assert(_scratch is not null, "a disposed TAP transmits nothing");
        frame.CopyTo(new Span<byte>(_scratch, ScratchBytes));
        return LibC.Write(_descriptor, _scratch, (nuint)lengthBytes);
    }

    private nint WriteGathered(PacketBuffer frame)
    {
        IoVector* vectors = stackalloc IoVector[DeviceCapabilities.DefaultMaximumBlocks];
        int count = 0;
        for (PacketBuffer? block = frame; block is not null; block = block.Next)
        {
            if (count == DeviceCapabilities.DefaultMaximumBlocks)
            {
                Marshal.SetLastPInvokeError(Errno.Invalid);
                return -1;
            }

            vectors[count++] = new IoVector { Start = block.DataPointer, LengthBytes = (nuint)block.Length };
        }

        return LibC.WriteVector(_descriptor, vectors, count);
    }
}
