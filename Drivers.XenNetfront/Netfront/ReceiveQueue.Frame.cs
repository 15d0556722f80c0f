using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

// A frame is put together response by response: the first data slot, the extra slots behind it, the other data slots.
internal sealed unsafe partial class ReceiveQueue
{
    // 64 KiB lie in 17 pages where the first starts anywhere; backends count on 18, and some put headers into one of their own.
    private const int MostDataSlots = NetifLayout.MaximumFrameSlots + 1;
    private const int MostExtraSlots = 8;
    private const int LongestLinkBytes = 18;
    private const int LongestFrameBytes = NetifLayout.MaximumFrameBytes + LongestLinkBytes;

    private PacketBuffer? _head;
    private PacketBuffer? _tail;
    private bool _isUnfinished;
    private bool _awaitsExtra;
    private bool _awaitsData;
    private int _dataSlots;
    private int _extraSlots;
    private int _frameBytes;
    private int _headroomBytes;
    private ushort _flags;
    private GsoType _gso;
    private ushort _gsoSizeBytes;
    private DropReason? _unfit;

    private NetfrontFault Take(ulong response, int slot, PacketBuffer block)
    {
        if (_awaitsExtra)
        {
            _pool.Return(block);
            return TakeExtra(response);
        }

        if (!_isUnfinished)
        {
            BeginFrame();
        }

        return TakeData(response, slot, block);
    }

    private void BeginFrame()
    {
        _isUnfinished = true;
        _dataSlots = 0;
        _extraSlots = 0;
        _frameBytes = 0;
        _headroomBytes = 0;
        _flags = 0;
        _gso = GsoType.None;
        _unfit = null;
    }

    private NetfrontFault TakeData(ulong response, int slot, PacketBuffer block)
    {
        ushort flags = (ushort)(response >> (8 * NetifLayout.ReceiveResponseFlags));
        int offset = (ushort)(response >> (8 * NetifLayout.ReceiveResponseOffset));
        int size = (short)(response >> (8 * NetifLayout.ReceiveResponseStatus));
        if (_dataSlots++ == 0)
        {
            _flags = flags;
            _awaitsExtra = (flags & ReceiveFlag.ExtraSlots) != 0;
        }

        _awaitsData = (flags & ReceiveFlag.MoreData) != 0;
        _isUnfinished = _awaitsData || _awaitsExtra;
        NetfrontFault fault = (ushort)response != slot ? NetfrontFault.UnknownIdentifier
            : size > 0 && offset + size > NetifLayout.PageBytes ? NetfrontFault.BytesBeyondPage
            : _dataSlots > MostDataSlots ? NetfrontFault.FrameTooLong
            : NetfrontFault.None;
        if (fault != NetfrontFault.None || size <= 0)
        {
            _unfit ??= size < 0 ? DropReason.DeviceReceiveFailed : null;
            _pool.Return(block);
            return fault;
        }

        // A backend that was asked for room leaves it at the start of each page, and counts it as if it were received.
        int room = _headroomBytes > offset ? Math.Min(_headroomBytes - offset, size) : 0;
        if (room == size)
        {
            _pool.Return(block);
            return NetfrontFault.None;
        }

        block.Reset(offset + room);
        block.Extend(size - room);
        _frameBytes += size - room;
        if (_head is null)
        {
            _head = block;
        }
        else
        {
            _tail!.Append(block);
        }

        _tail = block;
        return _frameBytes > LongestFrameBytes ? NetfrontFault.FrameTooLong : NetfrontFault.None;
    }

    private NetfrontFault TakeExtra(ulong extra)
    {
        byte flags = (byte)(extra >> (8 * NetifLayout.ExtraFlags));
        _awaitsExtra = (flags & ExtraSlot.More) != 0;
        _isUnfinished = _awaitsData || _awaitsExtra;
        if (++_extraSlots > MostExtraSlots)
        {
            return NetfrontFault.TooManyExtraSlots;
        }

        switch ((byte)extra)
        {
            case ExtraSlot.Gso:
                _gsoSizeBytes = (ushort)(extra >> (8 * NetifLayout.ExtraGsoSize));
                _gso = (byte)(extra >> (8 * NetifLayout.ExtraGsoType)) switch
                {
                    ExtraSlot.GsoTcpV4 => GsoType.TcpV4,
                    ExtraSlot.GsoTcpV6 => GsoType.TcpV6,
                    _ => GsoType.None,
                };
                if (_gso == GsoType.None || _gsoSizeBytes == 0)
                {
                    _unfit ??= DropReason.OffloadFactsMalformed;
                }

                break;
            case ExtraSlot.Hash:
                // Which queue the frame came by says all that it would.
                break;
            case ExtraSlot.Headroom when _asksForRoom && (ushort)(extra >> (8 * NetifLayout.ExtraHeadroom)) is var room && room < NetifLayout.PageBytes:
                LeaveRoom(room);
                break;
            default:
                _unfit ??= DropReason.OffloadFactsMalformed;
                break;
        }

        return NetfrontFault.None;
    }

    /// <summary>Takes off the room that the backend left before the data and counted with it.</summary>
    private void LeaveRoom(int room)
    {
        _headroomBytes = room;
        if (_head is { } head && head.Start < room)
        {
            int counted = Math.Min(room - head.Start, head.Length);
            head.RemoveFront(counted);
            _frameBytes -= counted;
        }
    }

    /// <summary>Gives the frame that is complete the facts that came with it.</summary>
    /// <returns>The frame; null where it was dropped.</returns>
    private PacketBuffer? FinishFrame()
    {
        PacketBuffer? frame = _head;
        _head = null;
        _tail = null;
        if (frame is null)
        {
            CountReceived();
            _pool.Counters.CountDrop(_unfit ?? DropReason.EthernetTooShort);
            return null;
        }

        if (_frameBytes == 0)
        {
            _unfit ??= DropReason.EthernetTooShort;
        }

        if (_unfit is null)
        {
            // The backend may have spread the headers over several blocks.
            frame.TryPullUp(TransportHeader.HeadersBytes);
            frame.Gso = _gso;
            frame.GsoSizeBytes = _gsoSizeBytes;
            bool isBlank = (_flags & ReceiveFlag.ChecksumBlank) != 0;
            if (isBlank || _gso != GsoType.None)
            {
                _unfit = TransportHeader.TryMark(frame, isBlank) ? null : DropReason.OffloadFactsMalformed;
            }
            else if ((_flags & ReceiveFlag.DataValidated) != 0)
            {
                frame.Checksum = ChecksumState.Validated;
            }
        }

        if (_unfit is { } reason)
        {
            CountReceived();
            _pool.Drop(frame, reason);
            return null;
        }

        return frame;
    }

    /// <summary>Counts a frame that the layers above do not see.</summary>
    private void CountReceived()
    {
        _pool.Counters.Increment(Counter.FramesReceived);
        _pool.Counters.Add(Counter.BytesReceived, _frameBytes);
    }
}
