namespace NetStack.Tcp;

/// <summary>The urgent pointers of a connection. It exists only once one was sent or received.</summary>
/// <remarks>RFC 9293 §3.3.1: SND.UP and RCV.UP. Both are the sequence number of the octet that follows the urgent data (§3.8.5, MUST-62).</remarks>
internal sealed class UrgentPointers
{
    /// <summary>SND.UP, while <see cref="IsSending"/>.</summary>
    public SequenceNumber Send;

    /// <summary>Whether urgent data is queued that the peer has not acknowledged.</summary>
    public bool IsSending;

    /// <summary>RCV.UP, while <see cref="IsReceiving"/>.</summary>
    public SequenceNumber Receive;

    /// <summary>Whether the application has urgent data to take, or to come.</summary>
    public bool IsReceiving;
}
