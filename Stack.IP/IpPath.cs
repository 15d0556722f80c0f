using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>
/// The way from an address of ours to a destination: interface, next hop, link address and path MTU. Found by
/// <see cref="IpHost.FindPath"/> and kept by those who send, until it is stale.
/// </summary>
public sealed class IpPath
{
    /// <summary>The least path MTU that an ICMP error can bring about; what every IPv4 host must accept.</summary>
    /// <remarks>RFC 1122 §3.3.3, RFC 1191 §3.</remarks>
    public const int MinimumMtuV4 = 576;

    private readonly RouteTable _routes;
    private readonly uint _generation;
    private bool _isForgotten;

    internal IpPath(RouteTable routes, IpAddress source, IpAddress destination, IpInterface @interface)
    {
        _routes = routes;
        _generation = routes.Generation;
        Source = source;
        Destination = destination;
        Interface = @interface;
        MtuBytes = @interface.MtuBytes;
    }

    /// <summary>The address of ours that packets carry.</summary>
    public IpAddress Source { get; }

    /// <summary>Where packets go.</summary>
    public IpAddress Destination { get; }

    /// <summary>Where packets leave.</summary>
    public IpInterface Interface { get; }

    /// <summary>The largest packet the whole path takes, IP header included: the interface's MTU, or what routers told.</summary>
    /// <remarks>RFC 1191.</remarks>
    public int MtuBytes { get; private set; }

    /// <summary>Whether routes or addresses changed since, or the host forgot the path: look for it again.</summary>
    public bool IsStale => _isForgotten || _generation != _routes.Generation;

    /// <summary>Whether packets reach every station of a network.</summary>
    public bool IsBroadcast { get; internal init; }

    /// <summary>Whether packets stay within the host.</summary>
    public bool IsLoopback => Kind == PathKind.Loopback;

    /// <summary>What the path's device takes over from the stack. The loopback needs no checksum at all.</summary>
    public DeviceOffloads Offloads => Interface.Offloads;

    /// <summary>The most blocks that a packet to the path's device is chained of.</summary>
    public int MaximumBlocks => Interface.MaximumBlocks;

    internal PathKind Kind { get; init; }

    /// <summary>The link address of a <see cref="PathKind.FixedLink"/> path.</summary>
    internal MacAddress LinkAddress { get; init; }

    /// <summary>The router, or the destination itself.</summary>
    internal IpAddress NextHop { get; init; }

    /// <summary>The neighbour entry of the next hop, once one was made.</summary>
    internal Neighbor? Neighbor { get; set; }

    /// <summary>When a reduced MTU is tried anew.</summary>
    internal Instant MtuExpires { get; private set; } = Instant.Never;

    /// <summary>Whether packets go without the "don't fragment" flag.</summary>
    internal bool MayBeFragmented { get; private set; }

    /// <summary>Tells that the peer answered on this path lately, so that the neighbour need not be asked by ARP or NDP.</summary>
    /// <remarks>RFC 4861 §7.3.1 ("forward progress"), RFC 1122 §2.3.2.1.</remarks>
    public void ConfirmReachability(Instant now)
    {
        if (Neighbor is { } neighbor)
        {
            neighbor.LastConfirmed = now;
        }
    }

    /// <summary>
    /// Tells that the peer does not answer on this path ("negative advice"): the next hop is asked whether it is still there,
    /// unless it has proven so since.
    /// </summary>
    /// <param name="since">From when on an answer counts, such as the time of the last try.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <remarks>RFC 1122 §3.3.1.4 (dead gateway detection), RFC 9293 §3.8.3.</remarks>
    public void DoubtReachability(Instant since, Instant now) => Neighbor?.Doubt(since, now);

    /// <summary>
    /// A router told a smaller MTU. Below the least one we go no further, but let routers cut the packets: neither a
    /// forged error nor an odd link can make them tiny.
    /// </summary>
    internal void ReduceMtu(int mtuBytes, Instant expires)
    {
        MayBeFragmented = mtuBytes < MinimumMtuV4;
        MtuBytes = Math.Min(MtuBytes, Math.Max(mtuBytes, MinimumMtuV4));
        MtuExpires = expires;
    }

    internal void RestoreMtu()
    {
        MtuBytes = Interface.MtuBytes;
        MtuExpires = Instant.Never;
        MayBeFragmented = false;
    }

    internal void Forget() => _isForgotten = true;
}
