namespace NetStack.PacketScripts;

/// <summary>Where the urgent byte of a stream is.</summary>
internal enum UrgentState
{
    /// <summary>There is none, or the reader has passed it.</summary>
    None,

    /// <summary>The peer has told of it, and it has not arrived.</summary>
    Announced,

    /// <summary>It can be read.</summary>
    Here,

    /// <summary>It was read; the reader of the stream has not come to its place.</summary>
    Read,
}
