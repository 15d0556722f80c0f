namespace NetStack.IP;

/// <summary>What a fragment did to its <see cref="Reassembly"/>.</summary>
internal enum FragmentOutcome
{
    /// <summary>It was kept; others are missing.</summary>
    Kept,

    /// <summary>It was kept, and the packet is whole.</summary>
    Completed,

    /// <summary>It is there already.</summary>
    Duplicate,

    /// <summary>It overlaps another, or disagrees with it about where the packet ends.</summary>
    Overlap,
}
