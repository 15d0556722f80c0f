namespace NetStack.IP;

/// <summary>What becomes of a packet that a rule matches.</summary>
public enum FilterVerdict : byte
{
    /// <summary>It goes on.</summary>
    Accept,

    /// <summary>It is dropped.</summary>
    Drop,

    /// <summary>It is dropped, and its sender told by an ICMP error, where one is allowed.</summary>
    /// <remarks>RFC 1812 §5.2.7.1 (code 13).</remarks>
    Reject,
}
