using System.Net;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.Drivers.Tap;
using NetStack.Peers;
using NetStack.Sockets;
using NetStack.Tcp;
using KernelSocket = System.Net.Sockets.Socket;
using OurSocket = NetStack.Sockets.Socket;

namespace NetStack.Interop.Tests;

/// <summary>Applications on the stack that send with their SYN, and the kernel as the server that gives cookies.</summary>
[Trait("RFC", "7413 §4.2.1")]
public sealed class ConnectWithDataTests
{
    private const int Tcp = (int)ProtocolType.Tcp;
    private const int TcpFastOpen = 23;
    private const int TcpFastOpenConnect = 30;
    private const int Bytes = 600;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly IPEndPoint _server = new(IPAddress.Parse("10.9.0.1"), 7000);

    [TapFact]
    public Task A_connection_of_the_stack_sends_with_its_SYN() => TwiceAsync(async stack =>
    {
        NetworkConnection connection = await stack.ConnectAsync(_server, new byte[Bytes]);
        return connection.DisposeAsync;
    });

    [TapFact]
    public Task A_socket_that_puts_its_connection_off_sends_with_its_SYN() => TwiceAsync(async stack =>
    {
        OurSocket socket = new(stack, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetRawSocketOption(Tcp, TcpFastOpenConnect, BitConverter.GetBytes(1));
        await socket.ConnectAsync(_server);
        Assert.Equal(Bytes, await socket.SendAsync(new byte[Bytes]));
        return () =>
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        };
    });

    /// <summary>The first connection fetches the cookie, the second brings it.</summary>
    /// <param name="connect">Connects, sends the data, and returns what closes the connection.</param>
    private static async Task TwiceAsync(Func<NetworkStack, Task<Func<ValueTask>>> connect)
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", "10.9.0.1/24");
        (await space.ShellAsync("sysctl -qw net.ipv4.tcp_fastopen=3")).Succeeded();
        using KernelSocket listening = space.Enter(() => new KernelSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listening.Bind(new IPEndPoint(IPAddress.Any, _server.Port));
        listening.SetRawSocketOption(Tcp, TcpFastOpen, BitConverter.GetBytes(16));
        listening.Listen();
        TapDevice device = space.Enter(() => TapDevice.Open("tap0", new TapOptions()));
        await using NetworkStack stack = NetworkStack.Start(new NetworkStackOptions().AddDevice(device, "10.9.0.2/24"));
        for (int round = 0; round < 2; round++)
        {
            Func<ValueTask> close = await connect(stack).WaitAsync(_patience);
            using KernelSocket accepted = await listening.AcceptAsync().WaitAsync(_patience);
            byte[] got = new byte[Bytes];
            for (int total = 0; total < Bytes;)
            {
                int part = await accepted.ReceiveAsync(got.AsMemory(total)).AsTask().WaitAsync(_patience);
                Assert.NotEqual(0, part);
                total += part;
            }

            Assert.Equal(round, stack.ReadCounters()[Counter.TcpFastOpensActive]);
            await close();
        }
    }
}
