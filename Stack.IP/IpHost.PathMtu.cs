using NetStack.Core;

namespace NetStack.IP;

// Path MTU discovery.
public sealed partial class IpHost
{
    /// <summary>RFC 1191 §6.3: "ten minutes" until a larger packet is tried again.</summary>
    private static readonly Duration PathMtuLifetime = Duration.FromSeconds(600);

    /// <summary>RFC 1191 §7.1: the sizes that links have, for routers that name none.</summary>
    private static ReadOnlySpan<int> Plateaus => [32000, 17914, 8166, 4352, 2002, 1492, 1006, IpPath.MinimumMtuV4, 508, 296, 68];

    /// <summary>The MTU that a router tells of, or where it is an old one that names none the next plateau below the packet.</summary>
    /// <param name="namedBytes">The MTU that the error names; 0 where it names none.</param>
    /// <param name="quotedBytes">The length of the packet as the error quotes it.</param>
    /// <remarks>RFC 1191 §5.</remarks>
    internal static int ToldMtuBytes(int namedBytes, int quotedBytes)
    {
        if (namedBytes != 0)
        {
            return namedBytes;
        }

        foreach (int plateau in Plateaus)
        {
            if (plateau < quotedBytes)
            {
                return plateau;
            }
        }

        return Plateaus[^1];
    }

    /// <summary>A router says that a packet of ours was too big, and its transport believes that it sent it.</summary>
    /// <param name="error">The router's error, whose source is an address of ours.</param>
    /// <param name="mtuBytes">The MTU of the link that the packet was too big for.</param>
    /// <param name="now">The time of the loop's turn.</param>
    internal void ReducePathMtu(in IcmpError error, int mtuBytes, Instant now)
    {
        // Only a path that we use: a forged error makes no entry.
        if (_paths.Find(error.Source, error.Destination) is { } path && mtuBytes < path.MtuBytes)
        {
            path.ReduceMtu(mtuBytes, now + PathMtuLifetime);
        }
    }

    /// <summary>Reports a packet of ours to its transport as undeliverable, because its next hop does not answer.</summary>
    internal void ReportUnreachable(IpProtocol protocol, IpAddress source, IpAddress destination, ReadOnlySpan<byte> quote, Instant now)
    {
        IcmpError error = new(IcmpErrorKind.HostUnreachable, source, destination, source, 0);
        ITransportProtocol? transport = protocol == IpProtocol.Icmp ? Echo : FindTransport(protocol);
        transport?.ErrorReceived(error, quote, now);
    }
}
