namespace NetStack.Tcp;

/// <summary>What a connection did when it was asked for a segment.</summary>
internal enum TransmitOutcome
{
    /// <summary>It has nothing to send for now.</summary>
    Idle,

    /// <summary>It has sent one segment and may have more.</summary>
    Sent,

    /// <summary>It has something to send, but the port or the pool has no room.</summary>
    Blocked,
}
