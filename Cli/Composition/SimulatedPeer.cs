using System.Net;
using NetStack.Cli.Verbs.Serve;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Sockets;

namespace NetStack.Cli.Composition;

/// <summary>
/// What is at the other end of <c>--if sim</c>: a second stack that answers echo requests and serves echo, discard and
/// chargen on their own ports, and HTTP where a verb asks for it. It has the gateway's address, or else the first free one.
/// </summary>
internal sealed class SimulatedPeer : IAsyncDisposable
{
    private readonly NetworkStack _stack;
    private readonly ServerSet _servers;

    private SimulatedPeer(NetworkStack stack, ServerSet services)
    {
        _stack = stack;
        _servers = services;
    }

    /// <summary>The peer's address.</summary>
    public IPAddress Address => _stack.Addresses[0];

    /// <summary>What it serves, for the user.</summary>
    public string Services => string.Join(", ", _servers.Names);

    /// <summary>Starts the peer.</summary>
    /// <param name="device">Its end of the cable.</param>
    /// <param name="neighbor">The address and network of the stack at the other end.</param>
    /// <param name="gateway">The address it is to have; null for one of the network that is free.</param>
    /// <param name="seed">What makes it repeatable, or null.</param>
    /// <param name="servesHttp">Whether it serves HTTP.</param>
    public static async Task<SimulatedPeer> StartAsync(
        IEthernetDevice device, IpPrefix neighbor, IpAddress? gateway, ulong? seed, bool servesHttp)
    {
        NetworkStackOptions options = new() { Seed = seed };
        DeviceOptions end = new(device);
        end.Addresses.Add(new IpPrefix(gateway ?? FirstFree(neighbor), neighbor.Length));
        options.Devices.Add(end);
        NetworkStack stack = NetworkStack.Start(options);
        ServerRequest request = new()
        {
            EchoPort = ServerRequest.DefaultEchoPort,
            DiscardPort = ServerRequest.DefaultDiscardPort,
            ChargenPort = ServerRequest.DefaultChargenPort,
            HttpPort = servesHttp ? ServerRequest.DefaultHttpPort : null,
        };
        return new SimulatedPeer(stack, await ServerSet.StartAsync(stack, options.Devices, request, seed).ConfigureAwait(false));
    }

    public async ValueTask DisposeAsync()
    {
        await _servers.DisposeAsync().ConfigureAwait(false);
        await _stack.DisposeAsync().ConfigureAwait(false);
    }

    private static IpAddress FirstFree(IpPrefix neighbor)
    {
        uint network = neighbor.Network.ValueV4;
        uint first = neighbor.Length <= 30 ? network + 1 : network;
        IpAddress free = new(first == neighbor.Address.ValueV4 ? first + 1 : first);
        return neighbor.Contains(free)
            ? free
            : throw CommandFailure.Usage($"--ip {neighbor}: the network has no room for the peer of --if sim; write a shorter prefix, such as /24.");
    }
}
