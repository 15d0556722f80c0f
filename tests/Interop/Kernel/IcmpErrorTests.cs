using System.Net;
using System.Net.Sockets;
using NetStack.Drivers.Tap;
using NetStack.Peers;
using NetStack.Sockets;
using NetStack.Tcp;
using KernelSocket = System.Net.Sockets.Socket;

namespace NetStack.Interop.Tests;

/// <summary>What the kernel, as the router, tells of destinations that it does not reach.</summary>
public sealed class IcmpErrorTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly IPEndPoint _beyond = new(IPAddress.Parse("10.10.0.1"), 7000);

    [TapFact]
    [Trait("RFC", "5461")]
    public async Task A_connection_to_where_there_is_no_way_fails_at_once()
    {
        using NetworkNamespace space = await SpaceAsync();
        await using NetworkStack stack = Start(space);
        await space.IpAsync("route add unreachable 10.11.0.0/24");

        SocketException failure = await Assert.ThrowsAsync<SocketException>(
            () => stack.ConnectAsync(new IPEndPoint(IPAddress.Parse("10.11.0.1"), 80)).WaitAsync(_patience));

        Assert.Equal(SocketError.HostUnreachable, failure.SocketErrorCode);
    }

    [TapFact]
    [Trait("RFC", "5927 §5.2, 9293 §3.9.1.8")]
    public async Task A_connection_hears_that_its_peer_is_out_of_reach_and_goes_on_when_it_is_back()
    {
        using NetworkNamespace space = await SpaceAsync();
        using KernelSocket listening = space.Enter(() => new KernelSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listening.Bind(_beyond);
        listening.Listen();
        await using NetworkStack stack = Start(space);
        await using NetworkConnection connection = await stack.ConnectAsync(_beyond).WaitAsync(_patience);
        using KernelSocket accepted = await listening.AcceptAsync().WaitAsync(_patience);
        TaskCompletionSource<TcpError> told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.SoftErrorReported = error => told.TrySetResult(error);

        (await space.ShellAsync(
            "nft 'table ip cut { chain in { type filter hook input priority 0; tcp dport 7000 reject with icmp type host-unreachable; }; }'"))
            .Succeeded();
        await connection.Output.WriteAsync(new byte[100]);

        Assert.Equal(TcpError.HostUnreachable, await told.Task.WaitAsync(_patience));
        (await space.ShellAsync("nft delete table ip cut")).Succeeded();
        Assert.Equal(100, await accepted.ReceiveAsync(new byte[200]).WaitAsync(_patience));
    }

    private static async Task<NetworkNamespace> SpaceAsync()
    {
        NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", "10.9.0.1/24");
        (await space.ShellAsync("ip address add 10.10.0.1/32 dev lo && sysctl -qw net.ipv4.ip_forward=1")).Succeeded();
        return space;
    }

    private static NetworkStack Start(NetworkNamespace space) => NetworkStack.Start(
        new NetworkStackOptions().AddDevice(space.Enter(() => TapDevice.Open("tap0", new TapOptions())), "10.9.0.2/24", "10.9.0.1"));
}
