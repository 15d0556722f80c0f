namespace NetStack.Dns;

/// <summary>The data of an SRV record: where a service is to be found.</summary>
/// <param name="Priority">The lowest is tried first.</param>
/// <param name="Weight">The share of clients among locations of one priority.</param>
/// <param name="Port">The port of the service.</param>
/// <param name="Target">The host that offers it; the root where nothing does.</param>
/// <remarks>RFC 2782.</remarks>
public readonly record struct ServiceLocation(ushort Priority, ushort Weight, ushort Port, DomainName Target);
