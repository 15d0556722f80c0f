namespace NetStack.Differential.Tests;

/// <summary>What the acknowledgment number of an injected segment is counted from.</summary>
internal enum AcknowledgmentPoint
{
    /// <summary>Behind everything the implementation has sent.</summary>
    Next,

    /// <summary>What the peer has acknowledged before.</summary>
    Unacknowledged,
}
