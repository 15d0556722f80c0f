namespace NetStack.Core;

/// <summary>Who has a claim to a packet buffer: one number, so that the pool sees in one look the case that is all but always.</summary>
[Flags]
internal enum PacketClaims
{
    /// <summary>Nobody: it is free.</summary>
    None = 0,

    /// <summary>It is out.</summary>
    Leased = 1,

    /// <summary>It shows a part of another block.</summary>
    Slice = 2,

    /// <summary>Slices show parts of it.</summary>
    HasSlices = 4,

    /// <summary>It was returned, and waits for its slices.</summary>
    ReturnPending = 8,
}
