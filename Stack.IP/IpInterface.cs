using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>One attached device with the addresses given to it.</summary>
public sealed class IpInterface
{
    private readonly EthernetPort? _port;
    private readonly List<IpPrefix> _addresses = [];

    internal IpInterface(IpHost host, EthernetPort? port, int index, string name)
    {
        Host = host;
        _port = port;
        Index = index;
        Name = name;
        MtuBytes = port?.MtuBytes ?? LoopbackMtuBytes;
        Offloads = port?.Device.Capabilities.Offloads ?? LoopbackOffloads;
        MaximumBlocks = port?.Device.Capabilities.MaximumBlocks ?? int.MaxValue;
        HasLinkAddresses = port?.Device.Capabilities.Medium == DeviceMedium.Ethernet;
        V4 = new Ipv4Interface(host.V4, this);

        // No protocol here listens to a group: what is sent to many and not to all need not come.
        port?.Device.FilterGroups([]);
    }

    /// <summary>The device's port.</summary>
    /// <exception cref="InvalidOperationException">This is the loopback interface, which has none.</exception>
    public EthernetPort Port => _port ?? ThrowNoPort();

    /// <summary>The name of the device, or <c>lo</c>.</summary>
    public string Name { get; }

    /// <summary>The place in <see cref="IpHost.Interfaces"/>; -1 for the loopback interface.</summary>
    public int Index { get; }

    /// <summary>Whether this is the host's loopback interface.</summary>
    public bool IsLoopback => _port is null;

    /// <summary>The largest packet, IP header included.</summary>
    public int MtuBytes { get; }

    /// <summary>What the device takes over from the stack. The loopback takes unfinished checksums, as nothing can damage a packet.</summary>
    public DeviceOffloads Offloads { get; }

    /// <summary>The addresses, in the order in which they were added; each with the prefix of its network.</summary>
    public IReadOnlyList<IpPrefix> Addresses => _addresses;

    internal const int LoopbackMtuBytes = 65535;

    internal IpHost Host { get; }

    /// <summary>The steering before the device, where the host is one of several shards.</summary>
    internal ShardDevice? Queue { get; init; }

    /// <summary>The IPv4 side.</summary>
    internal Ipv4Interface V4 { get; }

    /// <summary>The most blocks a frame may be chained of.</summary>
    internal int MaximumBlocks { get; }

    /// <summary>Whether packets need a link address.</summary>
    internal bool HasLinkAddresses { get; }

    private static DeviceOffloads LoopbackOffloads =>
        DeviceOffloads.TransmitChecksumV4 | DeviceOffloads.TransmitChecksumV6;

    /// <summary>Gives the interface an address, and the host a route to its network. The link is told by gratuitous ARP.</summary>
    /// <returns>False where the host has the address already.</returns>
    /// <exception cref="ArgumentException">The address is unspecified, multicast, broadcast or loopback, or of a family without host.</exception>
    /// <remarks>RFC 5227 §2.3 (announcement).</remarks>
    public bool Add(IpPrefix address)
    {
        IpAddress value = address.Address;
        if (value.IsAny || value.IsMulticast || value.IsLimitedBroadcast || value.IsLoopback || !value.IsIPv4)
        {
            throw new ArgumentException($"{value} cannot be an address of an interface.", nameof(address));
        }

        if (Host.IsLocal(value))
        {
            return false;
        }

        _addresses.Add(address);
        Host.V4.AddressesChanged();
        V4.AddressesChanged(_addresses);
        if (address.Length < 32)
        {
            Host.Routes.Add(new Route(address, null, this));
        }

        Host.Routes.Generation++;
        V4.Announce(value.ValueV4);
        return true;
    }

    /// <summary>Takes an address away, and the route that came with it.</summary>
    /// <returns>False where the interface has no such address.</returns>
    public bool Remove(IpPrefix address)
    {
        if (!_addresses.Remove(address))
        {
            return false;
        }

        Host.V4.AddressesChanged();
        V4.AddressesChanged(_addresses);
        if (!_addresses.Exists(other => other.Network == address.Network && other.Length == address.Length))
        {
            Host.Routes.Remove(new Route(address, null, this));
        }

        Host.Routes.Generation++;
        return true;
    }

    private static EthernetPort ThrowNoPort() => throw new InvalidOperationException("The loopback interface has no port.");

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
