namespace NetStack.Differential.Tests;

/// <summary>What the sequence number of an injected segment is counted from.</summary>
internal enum SequencePoint
{
    /// <summary>The first byte that the peer has not yet sent in order.</summary>
    Next,

    /// <summary>The right edge of the window as the implementation has offered it.</summary>
    Edge,

    /// <summary>The peer's SYN.</summary>
    Initial,
}
