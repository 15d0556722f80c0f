using System.Runtime.CompilerServices;
using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

// The transmit ring. Requests of a burst are read and turned into copies; the copies are made all at once, as a hypercall
// would; then each request is answered in order. What is refused, and how, follows Linux's netback.
internal sealed unsafe partial class NetbackQueue
{
    // fatal_skb_slots of Linux's netback: more than that is taken for malice, more than 18 is dropped.
    private const int FatalSlots = 20;
    private const int SmallestFrameBytes = 14;
    private const int MaximumPieces = FatalSlots + 1;

    // A piece falls into two blocks of ours at most.
    private readonly GrantCopy[] _copies = GC.AllocateArray<GrantCopy>(2 * NetifLayout.TransmitSlotCount, pinned: true);
    private readonly ushort[] _answerIds = new ushort[NetifLayout.TransmitSlotCount];
    private readonly short[] _answers = new short[NetifLayout.TransmitSlotCount];
    private readonly int[] _firstCopies = new int[NetifLayout.TransmitSlotCount + 1];
    private readonly int[] _firstAnswers = new int[NetifLayout.TransmitSlotCount];
    private readonly int[] _endAnswers = new int[NetifLayout.TransmitSlotCount];
    private int _copyCount;
    private int _answerCount;

    /// <summary>Takes frames that the frontend transmits.</summary>
    /// <returns>How many. Their blocks are the twin's.</returns>
    public int TakeFrames(Span<PacketBuffer> frames)
    {
        int taken = Read(frames);
        if (_copyCount > 0)
        {
            _counters.GrantCopies += _copyCount;
            _grants.Copy(_copies.AsSpan(0, _copyCount));
            taken = DropFailed(frames[..taken]);
        }

        Answer();
        return taken;
    }

    private int Read(Span<PacketBuffer> frames)
    {
        _copyCount = 0;
        _answerCount = 0;
        int taken = 0;
        int ready = 0;
        while (taken < frames.Length)
        {
            if (ready == 0 && (!CountRequests(out ready) || ready == 0))
            {
                break;
            }

            TransmitPiece first = TransmitPiece.Read(_transmit.PeekRequest(0));
            _firstCopies[taken] = _copyCount;
            _firstAnswers[taken] = _answerCount;
            bool isPlain = (first.Flags & (TransmitFlag.MoreData | TransmitFlag.ExtraSlots)) == 0;
            if (isPlain && first.Size >= SmallestFrameBytes && first.Size <= PacketBuffer.DefaultCapacityBytes
                && first.Offset + first.Size <= NetifLayout.PageBytes && _pool.TryLease() is { } block)
            {
                // Nearly all frames: one piece, one block.
                _transmit.ConsumeRequests(1);
                ready--;
                byte* to = block.BlockPointer + PacketBuffer.DefaultHeadroomBytes;
                block.Extend(first.Size);
                Copy(first.Reference, first.Offset, to, first.Size);
                AddAnswer(first.Id, ResponseStatus.Okay);
                if ((first.Flags & (TransmitFlag.ChecksumBlank | TransmitFlag.DataValidated)) != 0)
                {
                    SetFacts(block, first.Flags, default);
                }

                _endAnswers[taken] = _answerCount;
                frames[taken++] = block;
                continue;
            }

            if (!TryReadFrame(first, ready, out int used, out PacketBuffer? frame))
            {
                break;
            }

            ready -= used;
            if (frame is not null)
            {
                _endAnswers[taken] = _answerCount;
                frames[taken++] = frame;
            }
        }

        _firstCopies[taken] = _copyCount;
        _counters.SlotsFromGuest += _answerCount;
        return taken;
    }

    private bool CountRequests(out int ready)
    {
        if (_transmit.TryCountRequests(out ready))
        {
            // What is taken in one go must find room among the answers noted.
            ready = Math.Min(ready, NetifLayout.TransmitSlotCount - _answerCount);
            return true;
        }

        return Break(NetbackFault.TooManyRequests);
    }

    /// <summary>Reads a frame of several slots, or one that is refused.</summary>
    /// <returns>False where the frontend is at fault and served no more.</returns>
    private bool TryReadFrame(TransmitPiece first, int ready, out int used, out PacketBuffer? frame)
    {
        frame = null;
        used = 1;
        TransmitExtras extras = default;
        if ((first.Flags & TransmitFlag.ExtraSlots) != 0 && !TryReadExtras(ref extras, ready, ref used))
        {
            return false;
        }

        if (extras.Joins is { } joined)
        {
            return Finish(first, used, extras.Count, _twin.Groups.TryAdd(joined) ? ResponseStatus.Okay : ResponseStatus.Error);
        }

        if (extras.Leaves is { } left)
        {
            _twin.Groups.Remove(left);
            return Finish(first, used, extras.Count, ResponseStatus.Okay);
        }

        Span<TransmitPiece> pieces = stackalloc TransmitPiece[MaximumPieces];
        int count = 1;
        if (!TryReadPieces(ref first, pieces, ref count, ready, ref used, out bool isDropped))
        {
            return false;
        }

        pieces[0] = first;
        if (isDropped || first.Size < SmallestFrameBytes)
        {
            return Refuse(pieces[..count], used, extras.Count);
        }

        if (first.Offset + first.Size > NetifLayout.PageBytes)
        {
            return Break(NetbackFault.PieceCrossesPage);
        }

        if (extras.HasGso && (extras.GsoSizeBytes == 0 || extras.GsoType is not (ExtraSlot.GsoTcpV4 or ExtraSlot.GsoTcpV6)))
        {
            return Break(NetbackFault.SegmentationBad);
        }

        frame = TryGather(pieces[..count]);
        if (frame is null)
        {
            return Refuse(pieces[..count], used, extras.Count);
        }

        Consume(pieces[..count], used, extras.Count, ResponseStatus.Okay);
        SetFacts(frame, first.Flags, extras);
        return true;
    }

    private bool TryReadExtras(ref TransmitExtras extras, int ready, ref int used)
    {
        byte flags;
        do
        {
            if (used == ready)
            {
                return Break(NetbackFault.ExtraSlotMissing);
            }

            ulong slot = *(ulong*)_transmit.PeekRequest(used++);
            flags = (byte)(slot >> 8);
            if (!extras.TryAdd(new ReadOnlySpan<byte>(&slot, sizeof(ulong))))
            {
                return Break(NetbackFault.ExtraSlotUnknown);
            }
        }
        while ((flags & ExtraSlot.More) != 0);
        return true;
    }

    /// <summary>Reads the pieces behind the first, and takes their bytes off the first's, which tells the whole.</summary>
    private bool TryReadPieces(
        ref TransmitPiece first, Span<TransmitPiece> pieces, ref int count, int ready, ref int used, out bool isDropped)
    {
        isDropped = false;
        bool hasMore = first.HasMore;
        while (hasMore)
        {
            if (used >= ready)
            {
                return Break(NetbackFault.SlotsMissing);
            }

            if (count > FatalSlots)
            {
                return Break(NetbackFault.TooManySlots);
            }

            TransmitPiece piece = TransmitPiece.Read(_transmit.PeekRequest(used++));
            isDropped |= count > NetifLayout.MaximumFrameSlots || piece.Size > first.Size;
            first.Size -= piece.Size;
            if (piece.Offset + piece.Size > NetifLayout.PageBytes)
            {
                return Break(NetbackFault.PieceCrossesPage);
            }

            pieces[count++] = piece;
            hasMore = piece.HasMore;
        }

        return true;
    }

    /// <summary>Leases blocks for a frame and notes the copies into them.</summary>
    private PacketBuffer? TryGather(ReadOnlySpan<TransmitPiece> pieces)
    {
        int copies = _copyCount;
        PacketBuffer? frame = _pool.TryLease();
        PacketBuffer? tail = frame;
        foreach (TransmitPiece piece in pieces)
        {
            int done = 0;
            while (done < piece.Size && tail is not null)
            {
                if (tail.TailroomBytes == 0)
                {
                    PacketBuffer? next = _pool.TryLease(0);
                    if (next is not null)
                    {
                        tail.Append(next);
                    }

                    tail = next;
                    continue;
                }

                int part = Math.Min(piece.Size - done, tail.TailroomBytes);
                byte* to = tail.DataPointer + tail.Length;
                tail.Extend(part);
                Copy(piece.Reference, piece.Offset + done, to, part);
                done += part;
            }
        }

        if (tail is null && frame is not null)
        {
            _copyCount = copies;
            _pool.Return(frame);
            return null;
        }

        return frame;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Copy(uint reference, int offset, byte* to, int lengthBytes)
    {
        byte* page = Staging.Find(reference);
        if (page is not null)
        {
            _counters.StagedCopies++;
            Unsafe.CopyBlockUnaligned(to, page + offset, (uint)lengthBytes);
            return;
        }

        ref GrantCopy copy = ref _copies[_copyCount++];
        copy.Local = to;
        copy.Domain = _domain;
        copy.Reference = reference;
        copy.OffsetBytes = (ushort)offset;
        copy.LengthBytes = (ushort)lengthBytes;
        copy.IsToOther = false;
    }

    /// <summary>Notes what the frontend tells of a frame. Whether it fits is judged once the bytes are here.</summary>
    private static void SetFacts(PacketBuffer frame, ushort flags, in TransmitExtras extras)
    {
        frame.Checksum = (flags & TransmitFlag.ChecksumBlank) != 0 ? ChecksumState.ToBeFilled
            : (flags & TransmitFlag.DataValidated) != 0 ? ChecksumState.Validated : ChecksumState.None;
        if (extras.HasGso)
        {
            frame.Gso = extras.GsoType == ExtraSlot.GsoTcpV4 ? GsoType.TcpV4 : GsoType.TcpV6;
            frame.GsoSizeBytes = extras.GsoSizeBytes;
        }
    }

    /// <summary>Drops the frames of which a copy failed, and answers each of their pieces with an error.</summary>
    private int DropFailed(Span<PacketBuffer> frames)
    {
        int kept = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            bool isWhole = true;
            for (int copy = _firstCopies[i]; copy < _firstCopies[i + 1]; copy++)
            {
                if (_copies[copy].Status != GrantStatus.Okay)
                {
                    _counters.GrantCopiesFailed++;
                    isWhole = false;
                }
            }

            if (isWhole)
            {
                frames[kept++] = frames[i];
                continue;
            }

            _counters.TransmitErrors++;
            _pool.Return(frames[i]);
            foreach (ref short answer in _answers.AsSpan(_firstAnswers[i].._endAnswers[i]))
            {
                answer = answer == ResponseStatus.Okay ? ResponseStatus.Error : answer;
            }
        }

        return kept;
    }

    private void Answer()
    {
        for (int i = 0; i < _answerCount; i++)
        {
            *(uint*)_transmit.PutResponse() = _answerIds[i] | ((uint)(ushort)_answers[i] << 16);
        }

        if (_answerCount > 0)
        {
            _twin.Lies?.Distort(_transmit, LieTarget.TransmitResponses);
            if (_transmit.Push())
            {
                Notify(_transmitPort);
            }
        }
    }

    private bool Finish(in TransmitPiece first, int used, int extras, short status)
    {
        Consume([first], used, extras, status);
        return true;
    }

    private bool Refuse(ReadOnlySpan<TransmitPiece> pieces, int used, int extras)
    {
        _counters.TransmitErrors++;
        Consume(pieces, used, extras, ResponseStatus.Error);
        return true;
    }

    /// <summary>Takes a frame's requests and notes the answers: the extra slots stand behind the first.</summary>
    private void Consume(ReadOnlySpan<TransmitPiece> pieces, int used, int extras, short status)
    {
        _transmit.ConsumeRequests(used);
        AddAnswer(pieces[0].Id, status);
        for (int i = 0; i < extras; i++)
        {
            AddAnswer(0, ResponseStatus.Null);
        }

        foreach (TransmitPiece piece in pieces[1..])
        {
            AddAnswer(piece.Id, status);
        }
    }

    private void AddAnswer(ushort id, short status)
    {
        _answerIds[_answerCount] = id;
        _answers[_answerCount++] = status;
    }

    private bool Break(NetbackFault fault)
    {
        _twin.Fail(fault);
        return false;
    }
}
