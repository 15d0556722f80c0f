namespace NetStack.Tcp;

/// <summary>How congestion has shown.</summary>
public enum CongestionSignal : byte
{
    /// <summary>A segment was lost.</summary>
    Loss,

    /// <summary>The peer echoed a congestion mark.</summary>
    /// <remarks>RFC 3168 §6.1.2.</remarks>
    Mark,
}
