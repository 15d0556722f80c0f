using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>The IPv4 side of an interface: its addresses as the receive path needs them, and its neighbours.</summary>
internal sealed class Ipv4Interface : INetworkProtocol
{
    private readonly Ipv4Host _host;
    private uint[] _broadcasts = [];

    public Ipv4Interface(Ipv4Host host, IpInterface @interface)
    {
        _host = host;
        Interface = @interface;
        Arp = @interface.HasLinkAddresses ? new ArpTable(host.Ip, @interface) : null;
    }

    /// <summary>The interface.</summary>
    public IpInterface Interface { get; }

    /// <summary>The neighbours; null on a medium without link addresses.</summary>
    public ArpTable? Arp { get; }

    /// <summary>The directed broadcast addresses of the interface's networks.</summary>
    /// <remarks>RFC 1122 §3.2.1.3 (d).</remarks>
    public bool IsDirectedBroadcast(uint address)
    {
        foreach (uint broadcast in _broadcasts)
        {
            if (broadcast == address)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The source of the latest packet, which was found to be the address of a host other than ours; 0 for none.</summary>
    public uint KnownSource { get; set; }

    public void Receive(PacketBuffer packet, bool isLinkGroup, Instant now) => _host.Receive(packet, this, isLinkGroup, now);

    public void Expect(ReadOnlySpan<PacketBuffer> burst, int linkHeaderBytes) => _host.Expect(burst, linkHeaderBytes);

    public void Complete(Instant now) => _host.Complete(now);

    public void AddressesChanged(List<IpPrefix> addresses)
    {
        List<uint> broadcasts = [];
        foreach (IpPrefix prefix in addresses)
        {
            if (prefix.Address.IsIPv4 && prefix.Length <= 30)
            {
                broadcasts.Add(prefix.Broadcast.ValueV4);
            }
        }

        _broadcasts = [.. broadcasts];
    }

    /// <summary>Tells the link of a new address.</summary>
    public void Announce(uint address) => Arp?.Announce(address, _host.Ip.Now);
}
