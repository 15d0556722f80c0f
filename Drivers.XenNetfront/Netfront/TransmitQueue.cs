using System.Runtime.CompilerServices;
using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// Frames on their way to the backend: each piece of a frame is a request for the part of a granted page that it stands in, and
/// the frame's blocks come home when the last of its requests has been answered.
/// </summary>
/// <remarks>Xen's <c>public/io/netif.h</c>, "Guest transmit".</remarks>
internal sealed unsafe class TransmitQueue
{
    private const ushort Nobody = ushort.MaxValue;
    private const int SmallestFrameBytes = 14;

    // So few frames may wait for the next turn, whatever brings it, rather than cost a wake of their own.
    private const int FewRequests = 32;

    private readonly FrontRing _ring;
    private readonly BlockGrants _grants;
    private readonly PacketPool _pool;
    private readonly bool _isGathering;

    // By the identifier of a frame's first request.
    private readonly PacketBuffer?[] _frames = new PacketBuffer?[NetifLayout.TransmitSlotCount];
    private readonly ushort[] _requestsLeft = new ushort[NetifLayout.TransmitSlotCount];
    private readonly bool[] _isRefused = new bool[NetifLayout.TransmitSlotCount];

    // By identifier: the first of its frame; nobody's where it is not out.
    private readonly ushort[] _firsts = new ushort[NetifLayout.TransmitSlotCount];
    private readonly ushort[] _free = new ushort[NetifLayout.TransmitSlotCount];
    private int _freeCount = NetifLayout.TransmitSlotCount;
    private int _extrasLeft;

    /// <summary>Begins with an empty ring.</summary>
    /// <param name="page">The ring's page.</param>
    /// <param name="grants">The grants of the pool's blocks.</param>
    /// <param name="pool">The loop's pool.</param>
    /// <param name="isGathering">Whether a frame may be made of several pieces.</param>
    public TransmitQueue(byte* page, BlockGrants grants, PacketPool pool, bool isGathering)
    {
        _ring = new FrontRing(page, NetifLayout.TransmitSlotBytes, NetifLayout.TransmitSlotCount);
        _grants = grants;
        _pool = pool;
        _isGathering = isGathering;
        for (int i = 0; i < NetifLayout.TransmitSlotCount; i++)
        {
            _free[i] = (ushort)(NetifLayout.TransmitSlotCount - 1 - i);
            _firsts[i] = Nobody;
        }
    }

    /// <summary>The requests that the backend has not answered.</summary>
    public int OutstandingRequests => _ring.OutstandingRequests;

    /// <summary>The messages about groups that the backend refused.</summary>
    public int GroupsRefused { get; private set; }

    /// <summary>Whether the last burst ended because the ring was full.</summary>
    public bool IsBlocked { get; private set; }

    /// <summary>Puts frames on the ring.</summary>
    /// <param name="burst">The frames; those taken are the queue's.</param>
    /// <param name="wantsNotice">Whether the backend is to be notified.</param>
    /// <returns>How many were taken, from the start.</returns>
    public int Transmit(ReadOnlySpan<PacketBuffer> burst, out bool wantsNotice)
    {
        int count = 0;
        while (count < burst.Length && TryPut(burst[count]))
        {
            count++;
        }

        wantsNotice = _ring.Push();
        IsBlocked = count < burst.Length;
        return count;
    }

    /// <summary>Puts a message about a group on the ring, as a frame of no bytes with an extra slot.</summary>
    /// <param name="type"><see cref="ExtraSlot.MulticastAdd"/> or <see cref="ExtraSlot.MulticastDelete"/>.</param>
    /// <param name="group">The station address of the group.</param>
    /// <returns>False where the ring is full.</returns>
    public bool TryPutGroup(byte type, Ethernet.MacAddress group)
    {
        if (_ring.FreeSlots < 2 || _freeCount == 0)
        {
            return false;
        }

        ushort id = TakeIdentifier(Nobody);
        _firsts[id] = id;
        _requestsLeft[id] = 1;
        PutRequest(0, 0, TransmitFlag.ExtraSlots, id, 0);
        byte* extra = _ring.PutRequest();
        extra[NetifLayout.ExtraType] = type;
        extra[NetifLayout.ExtraFlags] = 0;
        group.Write(new Span<byte>(extra + NetifLayout.ExtraMulticastAddress, Ethernet.MacAddress.LengthBytes));
        Unsafe.WriteUnaligned(extra + 8, 0u);
        _extrasLeft++;
        return true;
    }

    /// <summary>Shows the backend what was put.</summary>
    /// <returns>Whether it is to be notified.</returns>
    public bool Push() => _ring.Push();

    /// <summary>Takes the responses, and returns the blocks of frames that the backend is done with.</summary>
    /// <returns>What the backend did wrong.</returns>
    public NetfrontFault Reclaim()
    {
        do
        {
            if (!_ring.TryCountResponses(out int responses))
            {
                return NetfrontFault.ResponsesBeyondRequests;
            }

            for (; responses > 0; responses--)
            {
                uint response = Volatile.Read(ref *(uint*)_ring.TakeResponse());
                NetfrontFault fault = Take((ushort)response, (short)(response >> 16));
                if (fault != NetfrontFault.None)
                {
                    return fault;
                }
            }
        }
        while (_ring.OutstandingRequests > 0 && _ring.AskForResponses(EnoughResponses()));

        return NetfrontFault.None;
    }

    /// <summary>Returns the blocks of all frames: the backend has gone, and nobody knows how many of them it has sent.</summary>
    public void Abandon()
    {
        for (int id = 0; id < _frames.Length; id++)
        {
            if (_frames[id] is { } frame)
            {
                _frames[id] = null;
                frame.Pool.Return(frame);
            }
        }
    }

    /// <summary>How many answers are worth a wake.</summary>
    private int EnoughResponses()
    {
        int outstanding = _ring.OutstandingRequests;
        bool canWait = outstanding <= FewRequests && !IsBlocked && _pool.AvailableBlocks > _pool.MaximumBlocks / 4;
        return canWait ? FewRequests + 1 : (outstanding + 1) / 2;
    }

    private NetfrontFault Take(ushort id, short status)
    {
        if (status == ResponseStatus.Null)
        {
            return --_extrasLeft < 0 ? NetfrontFault.UnknownStatus : NetfrontFault.None;
        }

        if (status is not (ResponseStatus.Okay or ResponseStatus.Error or ResponseStatus.Dropped))
        {
            return NetfrontFault.UnknownStatus;
        }

        if (id >= NetifLayout.TransmitSlotCount || _firsts[id] == Nobody)
        {
            return NetfrontFault.UnknownIdentifier;
        }

        ushort first = _firsts[id];
        _firsts[id] = Nobody;
        _isRefused[first] |= status != ResponseStatus.Okay;
        if (id != first)
        {
            _free[_freeCount++] = id;
        }

        if (--_requestsLeft[first] == 0)
        {
            Complete(first);
        }

        return NetfrontFault.None;
    }

    /// <summary>Ends a frame, whose first identifier stood for it until now, in whatever order the answers came.</summary>
    private void Complete(ushort first)
    {
        _free[_freeCount++] = first;
        if (_frames[first] is { } frame)
        {
            _frames[first] = null;
            if (_isRefused[first])
            {
                _pool.Counters.CountDrop(DropReason.DeviceTransmitRefused);
            }

            frame.Pool.Return(frame);
        }
        else if (_isRefused[first])
        {
            GroupsRefused++;
        }

        _isRefused[first] = false;
    }

    /// <returns>False where the ring has no room for it now.</returns>
    private bool TryPut(PacketBuffer frame)
    {
        int pieces = CountPieces(frame, out int lengthBytes);
        int extras = frame.Gso != GsoType.None ? 1 : 0;
        if (Math.Min(_ring.FreeSlots, _freeCount) < (pieces > 0 ? pieces : NetifLayout.MaximumFrameSlots) + extras)
        {
            return false;
        }

        if (lengthBytes is < SmallestFrameBytes or > NetifLayout.MaximumFrameBytes || frame.Gso == GsoType.Udp)
        {
            Refuse(frame, DropReason.DeviceTransmitFailed);
            return true;
        }

        if (pieces == 0)
        {
            if (TryCopy(frame, lengthBytes) is not { } copy)
            {
                return true;
            }

            frame = copy;
            pieces = CountPieces(frame, out _);
        }

        Put(frame, pieces, lengthBytes);
        return true;
    }

    /// <summary>Counts the requests that a frame takes.</summary>
    /// <returns>How many; 0 where the frame must be copied first, as a piece is not granted, or there are too many of them.</returns>
    private int CountPieces(PacketBuffer frame, out int lengthBytes)
    {
        int pieces = 0;
        bool isGranted = true;
        lengthBytes = 0;
        for (PacketBuffer? block = frame; block is not null; block = block.Next)
        {
            pieces += block.Length > 0 ? 1 : 0;
            lengthBytes += block.Length;
            isGranted &= block.BlockPool == _pool && _grants[block.BlockIndex] != 0;
        }

        return isGranted && pieces <= (_isGathering ? NetifLayout.MaximumFrameSlots : 1) ? pieces : 0;
    }

    /// <summary>Copies a frame into as few blocks as hold it.</summary>
    /// <returns>The copy, where there is one: the frame itself is returned either way.</returns>
    private PacketBuffer? TryCopy(PacketBuffer frame, int lengthBytes)
    {
        if (!_isGathering && lengthBytes > PacketBuffer.BlockBytes)
        {
            Refuse(frame, DropReason.DeviceTransmitFailed);
            return null;
        }

        PacketBuffer? copy = TryLeaseGranted();
        PacketBuffer? tail = copy;
        copy?.CopyFactsFrom(frame);
        for (PacketBuffer? block = frame; block is not null && tail is not null; block = block.Next)
        {
            ReadOnlySpan<byte> left = block.Span;
            while (!left.IsEmpty && tail is not null)
            {
                int part = Math.Min(left.Length, tail.TailroomBytes);
                left[..part].CopyTo(tail.Extend(part));
                left = left[part..];
                if (!left.IsEmpty)
                {
                    PacketBuffer? next = TryLeaseGranted();
                    if (next is not null)
                    {
                        tail.Append(next);
                    }

                    tail = next;
                }
            }
        }

        if (tail is not null)
        {
            frame.Pool.Return(frame);
            return copy;
        }

        if (copy is not null)
        {
            _pool.Return(copy);
        }

        Refuse(frame, DropReason.PoolExhausted);
        return null;
    }

    private PacketBuffer? TryLeaseGranted()
    {
        PacketBuffer? block = _pool.TryLease(0);
        if (block is null || _grants.TryGrant(block))
        {
            return block;
        }

        _pool.Return(block);
        return null;
    }

    private void Put(PacketBuffer frame, int pieces, int lengthBytes)
    {
        ushort flags = frame.Checksum switch
        {
            ChecksumState.ToBeFilled => TransmitFlag.ChecksumBlank | TransmitFlag.DataValidated,
            ChecksumState.Validated => TransmitFlag.DataValidated,
            _ => 0,
        };
        bool hasExtra = frame.Gso != GsoType.None;
        ushort first = Nobody;
        int left = pieces;
        for (PacketBuffer? block = frame; block is not null; block = block.Next)
        {
            if (block.Length == 0)
            {
                continue;
            }

            left--;
            ushort more = left > 0 ? TransmitFlag.MoreData : (ushort)0;
            ushort id = TakeIdentifier(first);
            uint reference = _grants[block.BlockIndex];
            if (first == Nobody)
            {
                first = id;
                _firsts[id] = id;
                _frames[id] = frame;
                _requestsLeft[id] = (ushort)pieces;
                flags |= (ushort)(more | (hasExtra ? TransmitFlag.ExtraSlots : 0));
                PutRequest(reference, block.Start, flags, id, lengthBytes);
                if (hasExtra)
                {
                    PutSegmentation(frame);
                }
            }
            else
            {
                PutRequest(reference, block.Start, more, id, block.Length);
            }
        }
    }

    private ushort TakeIdentifier(ushort first)
    {
        ushort id = _free[--_freeCount];
        _firsts[id] = first;
        return id;
    }

    private void PutRequest(uint reference, int offset, ushort flags, ushort id, int lengthBytes)
    {
        byte* request = _ring.PutRequest();
        *(uint*)(request + NetifLayout.TransmitReference) = reference;
        *(ushort*)(request + NetifLayout.TransmitOffset) = (ushort)offset;
        *(ushort*)(request + NetifLayout.TransmitFlags) = flags;
        *(ushort*)(request + NetifLayout.TransmitId) = id;
        *(ushort*)(request + NetifLayout.TransmitSize) = (ushort)lengthBytes;
    }

    private void PutSegmentation(PacketBuffer frame)
    {
        byte* extra = _ring.PutRequest();
        extra[NetifLayout.ExtraType] = ExtraSlot.Gso;
        extra[NetifLayout.ExtraFlags] = 0;
        *(ushort*)(extra + NetifLayout.ExtraGsoSize) = frame.GsoSizeBytes;
        *(ushort*)(extra + NetifLayout.ExtraGsoType) = frame.Gso == GsoType.TcpV4 ? ExtraSlot.GsoTcpV4 : ExtraSlot.GsoTcpV6;
        *(uint*)(extra + NetifLayout.ExtraGsoFeatures) = 0;
        _extrasLeft++;
    }

    private void Refuse(PacketBuffer frame, DropReason reason)
    {
        _pool.Counters.CountDrop(reason);
        frame.Pool.Return(frame);
    }
}
