using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>What one acknowledgment tells, gathered while its blocks and its number are taken in.</summary>
internal ref struct DeliveryReport
{
    public required Instant Now { get; init; }

    /// <summary>The bytes on their way before it.</summary>
    public required int PriorFlightBytes { get; init; }

    /// <summary>What was sent up to here before the last loss was seen.</summary>
    public required SequenceNumber Recover { get; init; }

    /// <summary>RACK.fack before it: the highest number known to have arrived.</summary>
    public required SequenceNumber HighestBefore { get; init; }

    /// <summary>The bytes newly acknowledged in order.</summary>
    public int AcknowledgedBytes;

    /// <summary>The bytes newly known to have arrived.</summary>
    public int DeliveredBytes;

    /// <summary>The bytes newly taken for lost.</summary>
    public long LostBytes;

    /// <summary>Whether something was newly told by SACK.</summary>
    public bool HasNewBlocks;

    /// <summary>Whether the peer has told that it got something twice.</summary>
    public bool HasDuplicate;

    /// <summary>Whether it repeats the last acknowledgment and tells of nothing new.</summary>
    public bool IsDuplicate;

    /// <summary>Whether something was delivered that was sent once only, before the last loss was seen.</summary>
    public bool HasOriginal;

    /// <summary>Whether something was delivered that was sent more than once.</summary>
    public bool HasRetransmission;

    /// <summary>What is being recovered from, or was until this acknowledgment.</summary>
    public RecoveryPhase Phase;

    /// <summary>When the first of the segments was sent that were delivered in order and sent only once; never where there is none.</summary>
    public Instant OriginalSentAt = Instant.Never;

    /// <summary>The same of segments delivered out of order.</summary>
    public Instant BlockSentAt = Instant.Never;

    /// <summary>The segment delivered that was sent last, for the delivery rate.</summary>
    public SentSegment Latest;

    /// <summary>Whether there is one.</summary>
    public bool HasLatest;

    public DeliveryReport()
    {
        // Fields are set by their initializers.
    }

    /// <summary>The bytes that SND.UNA has moved by or SACK has told of.</summary>
    public readonly bool HasNews => AcknowledgedBytes > 0 || DeliveredBytes > 0 || HasDuplicate || IsDuplicate;
}
