using NetStack.IP;

namespace NetStack.Dns;

/// <summary>Where a recursive server listens.</summary>
/// <param name="Address">The server's address.</param>
/// <param name="Port">The server's UDP port.</param>
public readonly record struct DnsServerEndpoint(IpAddress Address, ushort Port = DnsServerEndpoint.DefaultPort)
{
    /// <summary>The port of DNS.</summary>
    /// <remarks>RFC 1035 §4.2.1.</remarks>
    public const ushort DefaultPort = 53;
}
