using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>IPv4 of a host: addresses and paths. Input and output stand in files of their own.</summary>
/// <remarks>RFC 791, RFC 1122 §3.</remarks>
internal sealed partial class Ipv4Host
{
    private const uint AllHosts = 0xE000_0001;

    /// <summary>The addresses up to which looking at each is no slower than halving.</summary>
    private const int LongestList = 8;

    private readonly PacketPool _pool;
    private readonly Counters _counters;
    private UdpDemultiplexer _udp = null!;
    private uint[] _local = [];

    // The first address given, which most packets are for; 0 for none.
    private uint _primary;

    public Ipv4Host(IpHost ip)
    {
        Ip = ip;
        _pool = ip.Pool;
        _counters = ip.Counters;
        Icmp = new IcmpV4(ip);
        Reassembler = new Ipv4Reassembler(this);
        _forwardPaths = ip.Options.Forwards ? new ForwardPaths(ip) : null;
        _coalescer = new SegmentCoalescer(_pool);
    }

    /// <summary>The host.</summary>
    public IpHost Ip { get; }

    /// <summary>ICMP.</summary>
    public IcmpV4 Icmp { get; }

    /// <summary>Whether an address was given to one of the interfaces.</summary>
    public bool IsLocal(uint address)
    {
        uint[] local = _local;
        if (local.Length > LongestList)
        {
            return Array.BinarySearch(local, address) >= 0;
        }

        foreach (uint one in local)
        {
            if (one == address)
            {
                return true;
            }
        }

        return false;
    }

    public void Attach(UdpDemultiplexer udp, IcmpEchoDemultiplexer echo)
    {
        _udp = udp;
        Icmp.Echo = echo;
    }

    /// <summary>Gathers the addresses of all interfaces.</summary>
    public void AddressesChanged()
    {
        List<uint> local = [];
        foreach (IpInterface @interface in Ip.Interfaces)
        {
            foreach (IpPrefix prefix in @interface.Addresses)
            {
                if (prefix.Address.IsIPv4)
                {
                    local.Add(prefix.Address.ValueV4);
                }
            }
        }

        _primary = local.Count > 0 ? local[0] : 0;
        local.Sort();
        _local = [.. local];
        foreach (IpInterface @interface in Ip.Interfaces)
        {
            @interface.V4.KnownSource = 0;
        }
    }

    /// <summary>Finds route, source address and link address.</summary>
    /// <param name="destination">Where to: an IPv4 address.</param>
    /// <param name="wanted">The source asked for; unspecified where the host chooses.</param>
    /// <param name="loopback">The loopback interface.</param>
    public IpPath? ResolvePath(IpAddress destination, IpAddress wanted, IpInterface loopback)
    {
        if (destination.IsAny || (!wanted.IsAny && !Ip.IsLocal(wanted)))
        {
            return null;
        }

        if (Ip.IsLocal(destination))
        {
            IpAddress self = !wanted.IsAny ? wanted : destination.IsLoopback ? IpAddress.LoopbackV4 : destination;
            return new IpPath(Ip.Routes, self, destination, loopback) { Kind = PathKind.Loopback };
        }

        if (wanted.IsLoopback)
        {
            // RFC 1122 §3.2.1.3 (g): "Addresses of this form MUST NOT appear outside a host."
            return null;
        }

        return destination.IsLimitedBroadcast || destination.IsMulticast
            ? ResolveGroup(destination, wanted)
            : ResolveUnicast(destination, wanted);
    }

    private IpPath? ResolveUnicast(IpAddress destination, IpAddress wanted)
    {
        if (!Ip.Routes.TryFind(destination, out Route? route))
        {
            return null;
        }

        IpAddress source = wanted.IsAny ? SelectSource(route.Interface, route.Gateway ?? destination) : wanted;
        return source.IsAny ? null : MakePath(Ip.Routes, source, destination, route);
    }

    /// <summary>The path of a route.</summary>
    public static IpPath MakePath(RouteTable routes, IpAddress source, IpAddress destination, Route route)
    {
        IpInterface via = route.Interface;
        bool isBroadcast = route.Gateway is null && via.V4.IsDirectedBroadcast(destination.ValueV4);
        return new IpPath(routes, source, destination, via)
        {
            Kind = isBroadcast || !via.HasLinkAddresses ? PathKind.FixedLink : PathKind.Neighbor,
            IsBroadcast = isBroadcast,
            LinkAddress = MacAddress.Broadcast,
            NextHop = route.Gateway ?? destination,
        };
    }

    private IpPath? ResolveGroup(IpAddress destination, IpAddress wanted)
    {
        IpInterface? via = Ip.Routes.TryFind(destination, out Route? route) ? route.Interface
            : Ip.Interfaces.Count > 0 ? Ip.Interfaces[0] : null;
        foreach (IpInterface candidate in Ip.Interfaces)
        {
            foreach (IpPrefix prefix in candidate.Addresses)
            {
                via = prefix.Address == wanted ? candidate : via;
            }
        }

        if (via is null)
        {
            return null;
        }

        // Without an address of its own the host sends from 0.0.0.0, as DHCP does (RFC 1122 §3.2.1.3 (a)).
        IpAddress source = wanted.IsAny ? SelectSource(via, destination) : wanted;
        return new IpPath(Ip.Routes, source, destination, via)
        {
            Kind = PathKind.FixedLink,
            IsBroadcast = !destination.IsMulticast,
            LinkAddress = destination.IsMulticast ? MulticastLinkAddress(destination.ValueV4) : MacAddress.Broadcast,
            NextHop = destination,
        };
    }

    /// <summary>The interface's address in the network of the next hop, otherwise its first one.</summary>
    /// <remarks>RFC 1122 §3.3.4.3.</remarks>
    private static IpAddress SelectSource(IpInterface via, IpAddress nextHop)
    {
        IpAddress source = IpAddress.AnyV4;
        int longest = -1;
        foreach (IpPrefix prefix in via.Addresses)
        {
            int length = prefix.Contains(nextHop) ? prefix.Length : 0;
            if (prefix.Address.IsIPv4 && length > longest)
            {
                longest = length;
                source = prefix.Address;
            }
        }

        return source;
    }

    // RFC 1112 §6.4: the low 23 bits of the group behind 01-00-5E.
    private static MacAddress MulticastLinkAddress(uint group) => new(0x0100_5E00_0000UL | (group & 0x7F_FFFF));
}
