using System.Net;

namespace NetStack.Sockets.Tests.Compat;

/// <summary>Tests that share the process's default stack: one at a time, which a class is.</summary>
public class AmbientStackTests
{
    [Fact]
    public void Without_a_stack_the_exception_tells_what_to_call()
    {
        InvalidOperationException failure = Assert.Throws<InvalidOperationException>(
            () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));

        Assert.Contains("UseAsDefault", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Enter()", failure.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new TcpListener(IPAddress.Any, 0));
        Assert.Throws<InvalidOperationException>(() => new TcpClient());
        Assert.Throws<InvalidOperationException>(() => new UdpClient());
    }

    [Fact]
    public async Task The_innermost_scope_counts_and_follows_the_flow()
    {
        await using TwoStacks stacks = new();
        Assert.Null(NetworkStack.Default);
        using (stacks.Left.Enter())
        {
            Assert.Same(stacks.Left, NetworkStack.Default);
            using (stacks.Right.Enter())
            {
                Assert.Same(stacks.Right, NetworkStack.Default);
                await Task.Yield();
                Assert.Same(stacks.Right, await Task.Run(() => NetworkStack.Default));
            }

            Assert.Same(stacks.Left, NetworkStack.Default);
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            Assert.Same(stacks.Left, socket.Stack);
        }

        Assert.Null(NetworkStack.Default);
    }

    [Fact]
    public async Task The_stack_of_the_process_is_used_outside_of_scopes_until_it_is_disposed()
    {
        await using TwoStacks stacks = new();
        Assert.Same(stacks.Right, stacks.Right.UseAsDefault());
        Assert.Same(stacks.Right, NetworkStack.Default);
        using (stacks.Left.Enter())
        {
            Assert.Same(stacks.Left, NetworkStack.Default);
        }

        await stacks.DisposeAsync();

        Assert.Null(NetworkStack.Default);
    }

    [Fact]
    public async Task Sockets_of_two_stacks_talk_to_each_other()
    {
        await using TwoStacks stacks = new();
        using TcpListener listener = new(stacks.Right, new IPEndPoint(IPAddress.Any, 0));
        listener.Start();
        using TcpClient client = new(stacks.Left);
        await client.ConnectAsync(TwoStacks.RightAddress, ((IPEndPoint)listener.LocalEndpoint).Port);
        using TcpClient accepted = await listener.AcceptTcpClientAsync();

        await client.GetStream().WriteAsync(new byte[] { 7 });

        Assert.Equal(7, accepted.GetStream().ReadByte());
        Assert.Same(stacks.Right, accepted.Client.Stack);
    }

    [Fact]
    public async Task Operations_fail_when_the_stack_ends_under_them()
    {
        TwoStacks stacks = new();
        using Socket listening = new(stacks.Right, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(TwoStacks.RightAddress, 0));
        listening.Listen();
        using Socket client = new(stacks.Left, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listening.LocalEndPoint!);
        using UdpClient datagrams = new(stacks.Right, new IPEndPoint(IPAddress.Any, 0));
        Task<int> receive = client.ReceiveAsync(new byte[10]);
        Task<Socket> second = AcceptSecondAsync(listening);
        Task<UdpReceiveResult> datagram = datagrams.ReceiveAsync();

        await stacks.DisposeAsync();

        await Assert.ThrowsAsync<SocketException>(() => receive);
        await Assert.ThrowsAsync<SocketException>(() => second);
        await Assert.ThrowsAsync<SocketException>(() => datagram);
        stacks.AssertNothingOutstanding();

        static async Task<Socket> AcceptSecondAsync(Socket listening)
        {
            using Socket first = await listening.AcceptAsync();
            return await listening.AcceptAsync();
        }
    }

    [Fact]
    public async Task Multicast_is_refused_in_words()
    {
        await using TwoStacks stacks = new();
        using UdpClient client = new(stacks.Left, new IPEndPoint(IPAddress.Any, 0));

        NotSupportedException failure = Assert.Throws<NotSupportedException>(() => client.JoinMulticastGroup(IPAddress.Parse("239.1.2.3")));

        Assert.Contains("multicast", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closing_with_a_time_out_waits_for_the_peer_to_take_what_was_sent()
    {
        await using TwoStacks stacks = new();
        await using NetworkListener listener = await stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0));
        using Socket client = new(stacks.Left, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(TwoStacks.RightAddress, listener.LocalEndPoint.Port);
        await using NetworkConnection server = await listener.AcceptAsync();
        await client.SendAsync(new byte[100_000]);

        client.Close(20);
        await stacks.Left.DisposeAsync();

        // What was acknowledged is there, although the sender's stack is gone.
        int received = 0;
        byte[] buffer = new byte[4096];
        Stream stream = server.AsStream();
        while (received < 100_000 && await stream.ReadAsync(buffer) is var length and > 0)
        {
            received += length;
        }

        Assert.Equal(100_000, received);
    }
}
