using NetStack.Core;

namespace NetStack.IP;

// Path MTU discovery.
public sealed partial class IpHost
{
    /// <summary>RFC 1191 §6.3: "ten minutes" until a larger packet is tried again.</summary>
    private static readonly Duration PathMtuLifetime = Duration.FromSeconds(600);

    /// <summary>RFC 1191 §7.1: the sizes that links have, for routers that name none.</summary>
    private static ReadOnlySpan<int> Plateaus => [32000, 17914, 8166, 4352, 2002, 1492, 1006, IpPath.MinimumMtuV4];

    /// <summary>A router says that a packet of ours was too big.</summary>
    /// <param name="error">Its error, whose source is an address of ours.</param>
    /// <param name="quotedBytes">The length of the packet as the error quotes it.</param>
    /// <param name="now">The time of the loop's turn.</param>
    internal void ReducePathMtu(in IcmpError error, int quotedBytes, Instant now)
    {
        // Only a path that we use: a forged error makes no entry.
        if (_paths.Find(error.Source, error.Destination) is not { } path)
        {
            return;
        }

        int mtuBytes = error.MtuBytes;
        if (mtuBytes == 0)
        {
            foreach (int plateau in Plateaus)
            {
                mtuBytes = plateau;
                if (plateau < quotedBytes)
                {
                    break;
                }
            }
        }

        if (mtuBytes < path.MtuBytes)
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
