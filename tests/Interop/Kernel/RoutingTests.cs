using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using NetStack.Core;
using NetStack.IP;
using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>Our stack as a router, with the kernel's on both sides.</summary>
public sealed class RoutingTests
{
    private const int Port = 5001;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [TapFact]
    [Trait("RFC", "1812")]
    public async Task Ping_passes_with_one_hop_less_and_is_told_where_it_has_none_left()
    {
        await using RoutedNetworks networks = await RoutedNetworks.StartAsync();

        string passed = (await PingAsync(networks, "-c 3 -i 0.05")).Succeeded().Output;
        ProcessOutcome ended = await PingAsync(networks, "-c 1 -t 1");

        Assert.Contains("3 received", passed, StringComparison.Ordinal);
        Assert.Contains("ttl=63", passed, StringComparison.Ordinal);
        Assert.Contains($"From {RoutedNetworks.RouterAddress} icmp_seq=1 Time to live exceeded", ended.Output, StringComparison.Ordinal);
        Assert.True(networks.Router.ReadCounters()[Counter.IpPacketsForwarded] >= 6);
    }

    [TapFact]
    [Trait("RFC", "1191")]
    public async Task What_is_too_big_for_the_next_network_is_told_or_cut()
    {
        await using RoutedNetworks networks = await RoutedNetworks.StartAsync(rightMtuBytes: 1000);

        ProcessOutcome told = await PingAsync(networks, "-c 1 -M do -s 1400");
        string cut = (await PingAsync(networks, "-c 2 -i 0.05 -M dont -s 1400")).Succeeded().Output;

        Assert.Contains("mtu = 1000", told.Output + told.Error, StringComparison.Ordinal);
        Assert.Contains("2 received", cut, StringComparison.Ordinal);
    }

    [TapTheory]
    [InlineData(false, false, 1500)]
    [InlineData(true, false, 1500)]
    [InlineData(false, true, 1500)]
    [InlineData(true, true, 1500)]
    [InlineData(true, true, 1000)]
    public async Task A_transfer_of_the_kernels_passes_whole_both_ways(bool left, bool right, int rightMtuBytes)
    {
        await using RoutedNetworks networks = await RoutedNetworks.StartAsync((left, right), rightMtuBytes);
        byte[] there = RandomNumberGenerator.GetBytes(10_000_000);
        byte[] back = RandomNumberGenerator.GetBytes(10_000_000);
        using Socket listener = Listen(networks);
        Task<byte[]> served = Task.Factory.StartNew(() => Exchange(listener.Accept(), back), TaskCreationOptions.LongRunning);

        byte[] received = await Task.Factory.StartNew(() => Exchange(Connect(networks), there), TaskCreationOptions.LongRunning).WaitAsync(Patience);

        Assert.Equal(SHA256.HashData(back), SHA256.HashData(received));
        Assert.Equal(SHA256.HashData(there), SHA256.HashData(await served.WaitAsync(Patience)));
    }

    [TapFact]
    public async Task A_filter_rejects_and_drops_what_its_rules_say_and_lets_the_rest_through()
    {
        PacketFilter filter = new(
        [
            new FilterRule(FilterVerdict.Reject, Protocol: IpProtocol.Tcp, DestinationPorts: new PortRange(Port), Way: FilterWay.Forward),
            new FilterRule(FilterVerdict.Drop, Destination: new IpPrefix(IpAddress.Parse(RoutedNetworks.RouterAddress), 32), Way: FilterWay.Receive),
        ]);
        await using RoutedNetworks networks = await RoutedNetworks.StartAsync(filter: filter);
        using Socket listener = Listen(networks);

        (await PingAsync(networks, "-c 1")).Succeeded();
        SocketException rejected = Assert.Throws<SocketException>(() => Connect(networks));
        ProcessOutcome dropped = await networks.Left.ShellAsync($"ping -c 1 -W 1 {RoutedNetworks.RouterAddress}");

        Assert.Equal(SocketError.HostUnreachable, rejected.SocketErrorCode);
        Assert.NotEqual(0, dropped.ExitCode);
        Counters counters = networks.Router.ReadCounters();
        Assert.True(counters[DropReason.FilterRejected] >= 1);
        Assert.True(counters[DropReason.FilterDropped] >= 1);
    }

    private static Task<ProcessOutcome> PingAsync(RoutedNetworks networks, string options) =>
        networks.Left.ShellAsync($"ping {options} -W 20 {RoutedNetworks.RightAddress}");

    private static Socket NewSocket(NetworkNamespace space) => space.Enter(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        ReceiveTimeout = (int)Patience.TotalMilliseconds,
        SendTimeout = (int)Patience.TotalMilliseconds,
    });

    private static Socket Listen(RoutedNetworks networks)
    {
        Socket listener = NewSocket(networks.Right);
        listener.Bind(new IPEndPoint(IPAddress.Any, Port));
        listener.Listen();
        return listener;
    }

    private static Socket Connect(RoutedNetworks networks)
    {
        Socket socket = NewSocket(networks.Left);
        socket.Connect(IPAddress.Parse(RoutedNetworks.RightAddress), Port);
        return socket;
    }

    /// <summary>Sends all on a connection of the kernel's and reads to its end meanwhile.</summary>
    private static byte[] Exchange(Socket socket, byte[] bytes)
    {
        using NetworkStream stream = new(socket, ownsSocket: true);
        Task writing = Task.Run(() =>
        {
            stream.Write(bytes);
            socket.Shutdown(SocketShutdown.Send);
        });
        using MemoryStream received = new();
        stream.CopyTo(received);
        writing.GetAwaiter().GetResult();
        return received.ToArray();
    }
}
