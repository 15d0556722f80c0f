using System.Runtime.CompilerServices;
using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

// The receive ring. A frame takes as many of the frontend's requests as it has pages, and one for each extra slot; its
// responses stand in the slots of those requests. Where there are too few, frames wait.
internal sealed unsafe partial class NetbackQueue
{
    private const int BurstFrames = 64;

    private readonly PacketBuffer?[] _waiting = new PacketBuffer?[MaximumWaiting];
    private readonly PacketBuffer[] _given = new PacketBuffer[BurstFrames];
    private readonly int[] _copySlots = new int[2 * NetifLayout.TransmitSlotCount];
    private int _waitingStart;
    private int _waitingCount;
    private int _waitingSlots = 1;
    private Instant _waitsSince;
    private int _givenCount;

    /// <summary>Queues a frame for the frontend. Takes the ownership; drops it where too many wait.</summary>
    public void Enqueue(PacketBuffer frame, Instant now)
    {
        if (_waitingCount == MaximumWaiting)
        {
            _counters.Dropped++;
            frame.Pool.Return(frame);
            return;
        }

        if (_waitingCount == 0)
        {
            _waitsSince = now;
        }

        _waiting[(_waitingStart + _waitingCount++) & (MaximumWaiting - 1)] = frame;
    }

    /// <summary>Gives waiting frames to the frontend, as far as it has room.</summary>
    /// <returns>Whether any was given.</returns>
    public bool GiveFrames(Instant now)
    {
        if (_waitingCount == 0)
        {
            return false;
        }

        _copyCount = 0;
        _givenCount = 0;
        int ready = 0;
        while (_waitingCount > 0 && _givenCount < BurstFrames && _copyCount < _copies.Length - (4 * NetifLayout.MaximumFrameSlots))
        {
            PacketBuffer frame = _waiting[_waitingStart]!;
            int headroom = _twin.Guest.Headroom;
            bool isPlain = frame.Next is null && headroom == 0 && frame.Gso == GsoType.None && !_twin.HashesFrames;
            int slots = isPlain ? 1 : CountSlots(frame, headroom);
            if (ready < slots && !HasRoom(slots, out ready))
            {
                break;
            }

            Dequeue(now);
            _counters.BytesToGuest += frame.TotalLength;
            ready -= slots;
            if (isPlain)
            {
                PutPlain(frame);
            }
            else
            {
                PutFrame(frame, headroom);
            }

            _given[_givenCount++] = frame;
        }

        bool hasGiven = _givenCount > 0;
        if (hasGiven)
        {
            Finish();
        }

        if (_waitingCount > 0 && now - _waitsSince > _twin.DrainTimeout)
        {
            DropWaiting();
        }

        return hasGiven;
    }

    private bool HasRoom(int slots, out int ready)
    {
        _waitingSlots = slots;
        if (!_receive.TryCountRequests(out ready))
        {
            _twin.Fail(NetbackFault.TooManyRequests);
            return false;
        }

        return ready >= slots;
    }

    private void Dequeue(Instant now)
    {
        _waiting[_waitingStart] = null;
        _waitingStart = (_waitingStart + 1) & (MaximumWaiting - 1);
        _waitingCount--;
        _waitsSince = now;
    }

    private int CountSlots(PacketBuffer frame, int headroom)
    {
        int room = NetifLayout.PageBytes - headroom;
        int slots = (frame.TotalLength + room - 1) / room;
        return slots + (frame.Gso != GsoType.None ? 1 : 0) + (headroom > 0 ? 1 : 0) + (_twin.HashesFrames ? 1 : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PutPlain(PacketBuffer frame)
    {
        ulong request = *(ulong*)_receive.PeekRequest(0);
        _receive.ConsumeRequests(1);
        CopyOut((uint)(request >> 32), 0, frame.DataPointer, frame.Length);
        *(ulong*)_receive.PutResponse() = (ushort)request | ((ulong)FlagsOf(frame) << 32) | ((ulong)(ushort)frame.Length << 48);
    }

    private void PutFrame(PacketBuffer frame, int headroom)
    {
        ReadOnlySpan<ulong> extras = MakeExtras(frame, headroom, stackalloc ulong[3]);
        int left = frame.TotalLength;
        PacketBuffer? block = frame;
        int blockOffset = 0;
        ushort flags = (ushort)(FlagsOf(frame) | (extras.IsEmpty ? 0 : ReceiveFlag.ExtraSlots));
        while (left > 0)
        {
            ulong request = *(ulong*)_receive.PeekRequest(0);
            _receive.ConsumeRequests(1);
            int offset = headroom;
            while (offset < NetifLayout.PageBytes && left > 0)
            {
                int part = Math.Min(block!.Length - blockOffset, NetifLayout.PageBytes - offset);
                if (part > 0)
                {
                    CopyOut((uint)(request >> 32), offset, block.DataPointer + blockOffset, part);
                }

                offset += part;
                blockOffset += part;
                left -= part;
                if (blockOffset == block.Length)
                {
                    block = block.Next;
                    blockOffset = 0;
                }
            }

            flags |= left > 0 ? ReceiveFlag.MoreData : (ushort)0;

            // As Linux does: the offset is 0 and the status counts the headroom along.
            *(ulong*)_receive.PutResponse() = (ushort)request | ((ulong)flags << 32) | ((ulong)(ushort)offset << 48);
            flags = 0;
            foreach (ulong extra in extras)
            {
                _receive.ConsumeRequests(1);
                *(ulong*)_receive.PutResponse() = extra;
            }

            extras = default;
        }
    }

    private ReadOnlySpan<ulong> MakeExtras(PacketBuffer frame, int headroom, Span<ulong> extras)
    {
        int count = 0;
        if (frame.Gso != GsoType.None)
        {
            byte type = frame.Gso == GsoType.TcpV4 ? ExtraSlot.GsoTcpV4 : ExtraSlot.GsoTcpV6;
            extras[count++] = ExtraSlot.Gso | ((ulong)frame.GsoSizeBytes << 16) | ((ulong)type << 32);
            _counters.SuperFramesToGuest++;
        }

        if (_twin.HashesFrames)
        {
            uint hash = _twin.HashOf(frame, out int type);
            extras[count++] = ExtraSlot.Hash | ((ulong)type << 16) | ((ulong)ControlMessage.AlgorithmToeplitz << 24) | ((ulong)hash << 32);
        }

        if (headroom > 0)
        {
            extras[count++] = ExtraSlot.Headroom | ((ulong)headroom << 16);
        }

        for (int i = 0; i < count - 1; i++)
        {
            extras[i] |= (ulong)ExtraSlot.More << 8;
        }

        return extras[..count];
    }

    private static ushort FlagsOf(PacketBuffer frame) => frame.Checksum switch
    {
        ChecksumState.ToBeFilled => ReceiveFlag.ChecksumBlank | ReceiveFlag.DataValidated,
        ChecksumState.Validated => ReceiveFlag.DataValidated,
        _ => 0,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CopyOut(uint reference, int offset, byte* from, int lengthBytes)
    {
        byte* page = Staging.Find(reference);
        if (page is not null)
        {
            _counters.StagedCopies++;
            Unsafe.CopyBlockUnaligned(page + offset, from, (uint)lengthBytes);
            return;
        }

        _copySlots[_copyCount] = _receive.UnpushedResponses;
        ref GrantCopy copy = ref _copies[_copyCount++];
        copy.Local = from;
        copy.Domain = _domain;
        copy.Reference = reference;
        copy.OffsetBytes = (ushort)offset;
        copy.LengthBytes = (ushort)lengthBytes;
        copy.IsToOther = true;
    }

    /// <summary>Makes the copies, shows the responses and returns the frames.</summary>
    private void Finish()
    {
        if (_copyCount > 0)
        {
            _counters.GrantCopies += _copyCount;
            _grants.Copy(_copies.AsSpan(0, _copyCount));
            for (int i = 0; i < _copyCount; i++)
            {
                if (_copies[i].Status != GrantStatus.Okay)
                {
                    _counters.GrantCopiesFailed++;
                    *(short*)(_receive.UnpushedResponse(_copySlots[i]) + NetifLayout.ReceiveResponseStatus) = _copies[i].Status;
                }
            }
        }

        _counters.FramesToGuest += _givenCount;
        _counters.SlotsToGuest += _receive.UnpushedResponses;
        _twin.Lies?.Distort(_receive, LieTarget.ReceiveResponses);
        if (_receive.Push())
        {
            Notify(_receivePort);
        }

        for (int i = 0; i < _givenCount; i++)
        {
            PacketBuffer frame = _given[i];
            _given[i] = null!;
            frame.Pool.Return(frame);
        }
    }

    private void DropWaiting()
    {
        while (_waitingCount > 0)
        {
            PacketBuffer frame = _waiting[_waitingStart]!;
            Dequeue(default);
            _counters.Dropped++;
            frame.Pool.Return(frame);
        }
    }
}
