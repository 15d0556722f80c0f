namespace NetStack.Drivers.XenNetfront;

/// <summary>Pages of another domain that stand mapped.</summary>
/// <param name="Start">The first.</param>
/// <param name="Owner">Whose they are.</param>
/// <param name="Life">The life of the owner's table that granted them.</param>
/// <param name="References">The references they were mapped by.</param>
internal readonly record struct MappedRun(nint Start, SimulatedGrantTable Owner, ushort Life, uint[] References);
