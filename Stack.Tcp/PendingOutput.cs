namespace NetStack.Tcp;

/// <summary>What a connection has to send besides data.</summary>
[Flags]
internal enum PendingOutput : byte
{
    None = 0,

    /// <summary>An acknowledgment, on a segment of its own unless data goes out now.</summary>
    Acknowledgment = 1,

    /// <summary>The SYN, or SYN,ACK.</summary>
    Synchronize = 2,

    /// <summary>A probe of a closed or narrow window.</summary>
    WindowProbe = 4,

    /// <summary>A keep-alive probe.</summary>
    KeepAlive = 8,

    /// <summary>A tail loss probe.</summary>
    TailProbe = 16,
}
