using NetStack.Core;

namespace NetStack.Tcp;

// Selective acknowledgments, as the receiver sends them: RFC 2018 §4, RFC 2883 §4.
public sealed partial class TcpConnection
{
    /// <summary>The blocks an option has room for beside the timestamps, and without them.</summary>
    private const int SackBlocksBesideTimestamps = 3;

    // The stretch that was received twice and is not reported yet; empty where there is none.
    private SackBlock _duplicate;

    private int SackLimit => _usesTimestamps ? SackBlocksBesideTimestamps : SackBlocks.Limit;

    private bool HasDuplicate => _duplicate.Start != _duplicate.End;

    /// <summary>The length of the SACK option of the next segment, padding included.</summary>
    private int SackLengthBytes
    {
        get
        {
            if (!_usesSack || (_reassembly is null && !HasDuplicate))
            {
                return 0;
            }

            int count = (_reassembly?.Count ?? 0) + (HasDuplicate ? 1 : 0);
            return SackBlocks.PaddedLengthBytesOf(Math.Min(count, SackLimit));
        }
    }

    /// <summary>The payload of a full segment beside the options that go with it at present.</summary>
    /// <remarks>RFC 6691 §3: "the sender MUST reduce the TCP data length to account for any IP or TCP options that it is including".</remarks>
    private int SegmentRoomBytes => _segmentBytes - SackLengthBytes;

    /// <summary>Writes the option and takes what it says for reported.</summary>
    private void WriteSack(Span<byte> destination)
    {
        SackBlocks blocks = default;
        if (HasDuplicate)
        {
            // RFC 2883 §4: "A D-SACK block is only used to report a duplicate contiguous sequence of data received by the
            // receiver in the most recent packet. Each duplicate contiguous sequence of data received by the receiver is
            // reported in at most one D-SACK block."
            blocks.Add(_duplicate);
            _duplicate = default;
        }

        _reassembly?.Report(ref blocks, SackLimit);
        SegmentOptions.WriteSack(destination, blocks);
    }

    /// <summary>Something has arrived for the second time: the next acknowledgment says so, and goes out at once.</summary>
    private void DuplicateArrives(SequenceNumber start, SequenceNumber end, Instant now)
    {
        if (!_usesSack)
        {
            return;
        }

        if (HasDuplicate)
        {
            // A burst has brought two: each is told in an acknowledgment of its own.
            TransmitAcknowledgment(now);
        }

        _duplicate = new SackBlock(start, end);
        AcknowledgeNow();
    }

    /// <summary>Whether the acknowledgment that is owed must go before another segment behind a gap is taken in.</summary>
    private bool MustReportFirst(Reassembly reassembly, SequenceNumber start)
    {
        if ((_pending & PendingOutput.Acknowledgment) == 0 || State == TcpState.SynReceived)
        {
            return false;
        }

        // RFC 5681 §4.2: "A TCP receiver SHOULD send an immediate duplicate ACK when an out-of-order segment arrives": without
        // SACK the sender counts them. With SACK one tells of a whole burst, as long as its blocks fit.
        return _usesSack
            ? reassembly.UnreportedWith(start) + (HasDuplicate ? 1 : 0) > SackLimit
            : reassembly.HasUnreported;
    }
}
