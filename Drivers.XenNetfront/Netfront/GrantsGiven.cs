namespace NetStack.Drivers.XenNetfront;

/// <summary>Hears of blocks that were granted.</summary>
/// <param name="references">Their references.</param>
internal delegate void GrantsGiven(ReadOnlySpan<uint> references);
