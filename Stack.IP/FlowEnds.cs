namespace NetStack.IP;

/// <summary>Where a packet comes from and where it goes: what tells one flow from others of the same protocol.</summary>
/// <param name="Source">The sender's address and port.</param>
/// <param name="Destination">The receiver's address and port.</param>
public readonly record struct FlowEnds(IpEndPoint Source, IpEndPoint Destination);
