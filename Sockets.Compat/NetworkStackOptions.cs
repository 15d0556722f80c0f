using System.IO.Pipelines;
using System.Net;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>What a <see cref="NetworkStack"/> is made of.</summary>
public sealed class NetworkStackOptions
{
    /// <summary>The devices, each with its addresses. Where they have several queues the stack has as many shards: loops with a pool and
    /// connections of their own.</summary>
    public IList<DeviceOptions> Devices { get; } = [];

    /// <summary>The DNS servers to ask, in the order of preference.</summary>
    public IList<IPAddress> DnsServers { get; } = [];

    /// <summary>The most memory for packets, in 4 KiB blocks. 65,536 blocks are 256 MiB, used only as traffic needs them. Shards
    /// share them out: each has its part for itself.</summary>
    public int MaximumBlocks { get; set; } = 65_536;

    /// <summary>Makes sequence numbers, ports and ids repeatable. For tests only: they can then be guessed. With several shards they are
    /// so for each shard; what happens first in different shards is up to their threads.</summary>
    public ulong? Seed { get; set; }

    /// <summary>The settings of IP, such as the TTL of packets. Limits hold for each shard.</summary>
    public IpHostOptions? Ip { get; set; }

    /// <summary>What the stack lets in, and through where it forwards (<see cref="IpHostOptions.Forwards"/>); everything where null. Each shard has a copy.</summary>
    public PacketFilter? Filter { get; set; }

    /// <summary>The settings of TCP. Limits hold for each shard.</summary>
    public TcpOptions? Tcp { get; set; }

    /// <summary>Where the continuations of reads, writes, accepts and receives run. The thread pool unless set. With
    /// <see cref="PipeScheduler.Inline"/> they run on the loop itself, which saves two changes of threads for each request: the
    /// choice for servers that never block, compute little, and hold no lock as they await. What blocks there stops the stack.</summary>
    public PipeScheduler Scheduler { get; set; } = PipeScheduler.ThreadPool;

    /// <summary>A flush of a connection waits while this many bytes are written and not acknowledged, or while the send buffer is full; 0 leaves it to the send buffer.</summary>
    public int PauseWriterBytes { get; set; }

    /// <summary>Whether disposing the stack disposes its devices.</summary>
    public bool OwnsDevices { get; set; } = true;

    /// <summary>Adds a device with one address.</summary>
    /// <param name="device">The device.</param>
    /// <param name="address">Its address with the prefix length, such as <c>10.9.0.2/24</c>.</param>
    /// <param name="gateway">The default gateway, or null.</param>
    /// <exception cref="FormatException">An address is none.</exception>
    public NetworkStackOptions AddDevice(IEthernetDevice device, string address, string? gateway = null) =>
        AddDevice([device], address, gateway);

    /// <summary>Adds a device of several queues with one address.</summary>
    /// <param name="queues">The device's queues.</param>
    /// <param name="address">Its address with the prefix length, such as <c>10.9.0.2/24</c>.</param>
    /// <param name="gateway">The default gateway, or null.</param>
    /// <exception cref="FormatException">An address is none.</exception>
    public NetworkStackOptions AddDevice(IReadOnlyList<IEthernetDevice> queues, string address, string? gateway = null)
    {
        if (!IpPrefix.TryParse(address, out IpPrefix prefix))
        {
            throw new FormatException($"'{address}' is no address with a prefix length, such as 10.9.0.2/24.");
        }

        DeviceOptions options = new(queues) { Gateway = gateway is null ? null : IpAddress.Parse(gateway) };
        options.Addresses.Add(prefix);
        Devices.Add(options);
        return this;
    }
}
