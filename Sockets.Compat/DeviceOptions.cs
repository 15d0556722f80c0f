using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Sockets;

/// <summary>A device of a <see cref="NetworkStack"/> and its place in the network.</summary>
public sealed class DeviceOptions
{
    /// <summary>A device with one queue.</summary>
    /// <param name="device">The device.</param>
    public DeviceOptions(IEthernetDevice device)
        : this([device])
    {
    }

    /// <summary>A device with several queues: each is served by a loop of its own, a shard of the stack.</summary>
    /// <param name="queues">The queues, at least one, of one station: with the same address and capabilities.</param>
    /// <exception cref="ArgumentException">There is none, or they differ.</exception>
    public DeviceOptions(IReadOnlyList<IEthernetDevice> queues)
    {
        ArgumentNullException.ThrowIfNull(queues);
        if (queues.Count == 0 || queues.Any(queue => queue.Address != queues[0].Address || queue.Capabilities != queues[0].Capabilities))
        {
            throw new ArgumentException("A device has at least one queue, and all have one address and one set of capabilities.", nameof(queues));
        }

        Queues = [.. queues];
    }

    /// <summary>The device: its first queue, where it has several.</summary>
    public IEthernetDevice Device => Queues[0];

    /// <summary>The device's queues. All devices of a stack have as many.</summary>
    public IReadOnlyList<IEthernetDevice> Queues { get; }

    /// <summary>Its addresses, each with the prefix length of its network.</summary>
    public IList<IpPrefix> Addresses { get; } = [];

    /// <summary>The default gateway behind this device, or null.</summary>
    public IpAddress? Gateway { get; set; }
}
