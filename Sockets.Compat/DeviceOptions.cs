using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Sockets;

/// <summary>A device of a <see cref="NetworkStack"/> and its place in the network.</summary>
/// <param name="device">The device.</param>
public sealed class DeviceOptions(IEthernetDevice device)
{
    /// <summary>The device.</summary>
    public IEthernetDevice Device { get; } = device;

    /// <summary>Its addresses, each with the prefix length of its network.</summary>
    public IList<IpPrefix> Addresses { get; } = [];

    /// <summary>The default gateway behind this device, or null.</summary>
    public IpAddress? Gateway { get; set; }
}
