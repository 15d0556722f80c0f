namespace NetStack.Tcp;

/// <summary>What became of a segment that was sent.</summary>
[Flags]
internal enum SentSegmentMarks : byte
{
    None = 0,

    /// <summary>The peer has told by SACK that it has the segment.</summary>
    Delivered = 1,

    /// <summary>Taken for lost, and not sent again since.</summary>
    Lost = 2,

    /// <summary>Sent more than once.</summary>
    Retransmitted = 4,

    /// <summary>Sent when there was too little to send for the path's rate to show.</summary>
    ApplicationLimited = 8,

    /// <summary>It went out with PSH, and does so again.</summary>
    Push = 16,
}
