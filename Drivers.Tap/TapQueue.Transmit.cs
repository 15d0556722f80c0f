using System.Diagnostics;
using System.Runtime.InteropServices;
using NetStack.Core;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.Tap;

// To the kernel.
internal sealed unsafe partial class TapQueue
{
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

    private static int Refuse(ReadOnlySpan<PacketBuffer> burst, int from, int to, PacketPool pool)
    {
        for (int i = from; i < to; i++)
        {
            pool.Counters.CountDrop(DropReason.DeviceTransmitFailed);
            burst[i].Pool.Return(burst[i]);
        }

        return to;
    }

    /// <summary>One frame, one call: contiguous up to a page, where copying costs less than the kernel's walk over pieces, gathered beyond.</summary>
    private nint Write(PacketBuffer frame)
    {
        Debug.Assert(_scratch is not null, "a disposed TAP transmits nothing");
        bool hasRoom = frame.HeadroomBytes >= _headerBytes;
        byte* header = hasRoom ? frame.DataPointer - _headerBytes : _scratch;
        if (_headerBytes > 0)
        {
            VirtioNetHeader.Write(frame, header);
        }

        if (frame.Next is null && hasRoom)
        {
            return LibC.Write(_descriptor, header, (nuint)(_headerBytes + frame.Length));
        }

        int lengthBytes = _headerBytes + frame.TotalLength;
        if (lengthBytes > GatherAboveBytes)
        {
            return WriteGathered(frame, header, hasRoom);
        }

        Span<byte> scratch = new(_scratch, _scratchBytes);
        new ReadOnlySpan<byte>(header, _headerBytes).CopyTo(scratch);
        frame.CopyTo(scratch[_headerBytes..]);
        return LibC.Write(_descriptor, _scratch, (nuint)lengthBytes);
    }

    /// <param name="frame">The frame.</param>
    /// <param name="header">The header of offload facts.</param>
    /// <param name="isBefore">Whether that stands right before the frame.</param>
    private nint WriteGathered(PacketBuffer frame, byte* header, bool isBefore)
    {
        IoVector* vectors = stackalloc IoVector[MaximumBlocks + 1];
        vectors[0] = new IoVector
        {
            Start = header,
            LengthBytes = (nuint)(_headerBytes + (isBefore ? frame.Length : 0)),
        };
        int limit = isBefore ? MaximumBlocks : MaximumBlocks + 1;
        int count = 1;
        for (PacketBuffer? block = isBefore ? frame.Next : frame; block is not null; block = block.Next)
        {
            if (count == limit)
            {
                Marshal.SetLastPInvokeError(Errno.Invalid);
                return -1;
            }

            vectors[count++] = new IoVector { Start = block.DataPointer, LengthBytes = (nuint)block.Length };
        }

        return LibC.WriteVector(_descriptor, vectors, count);
    }
}
