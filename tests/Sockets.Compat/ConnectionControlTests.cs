using System.IO.Pipelines;
using System.Net;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Sockets.Tests;

/// <summary>What an application tells the machine behind a connection: cork, quick acknowledgments, the options of sockets.</summary>
public sealed class ConnectionControlTests : IAsyncLifetime
{
    private const int Tcp = (int)SocketOptionLevel.Tcp;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // What a cork holds back leaves after a retransmission time-out: not as long as the test runs.
    private readonly TwoStacks _stacks = new(new TcpConnectionOptions
    {
        InitialRetransmissionTimeout = Duration.FromSeconds(60),
        MinimumRetransmissionTimeout = Duration.FromSeconds(60),
    });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stacks.DisposeAsync();
        _stacks.AssertNothingOutstanding();
    }

    [Fact]
    public async Task A_cork_holds_back_what_is_written_after_it_until_it_is_drawn()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();

        // The loop finds the bytes and the cork in one turn.
        using ManualResetEventSlim gate = new();
        Task<bool> held = _stacks.Left.Loop.CallAsync(_ => gate.Wait(Patience));
        await client.Output.WriteAsync(new byte[100]);
        Task corking = client.CorkAsync();
        gate.Set();
        Assert.True(await held);
        await corking;
        System.Buffers.ReadOnlySequence<byte> first = await ReadAsync(server);
        Assert.Equal(100, first.Length);
        server.Input.AdvanceTo(first.End);
        await client.Output.WriteAsync(new byte[200]);

        // Turns of the loop in which it could have left.
        await client.TakeSnapshotAsync();
        Assert.Equal(200, (await client.TakeSnapshotAsync()).UnsentBytes);
        await client.Output.WriteAsync(new byte[300]);
        await client.TakeSnapshotAsync();
        Assert.Equal(500, (await client.TakeSnapshotAsync()).UnsentBytes);
        await client.UncorkAsync();

        ReadResult result = await server.Input.ReadAtLeastAsync(500).AsTask().WaitAsync(Patience);
        Assert.Equal(500, result.Buffer.Length);
        server.Input.AdvanceTo(result.Buffer.End);
        await CloseAsync(client, server);
        await client.UncorkAsync();
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public async Task Quick_acknowledgments_answer_each_segment()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync(new TcpConnectionOptions { AcknowledgmentDelay = Duration.FromMilliseconds(499) });

        // The server answers what it gets: from then on its acknowledgments wait for its answers.
        await PassByteAsync(client, server);
        await PassByteAsync(server, client);
        await server.QuickAcknowledgeAsync();
        long before = _stacks.Right.ReadCounters()[Counter.TcpSegmentsTransmitted];
        const int Segments = 8;
        for (int i = 0; i < Segments; i++)
        {
            await PassByteAsync(client, server);
        }

        await server.TakeSnapshotAsync();
        await server.TakeSnapshotAsync();
        Assert.InRange(_stacks.Right.ReadCounters()[Counter.TcpSegmentsTransmitted] - before, Segments, Segments + 1);
        await CloseAsync(client, server);
    }

    [Fact]
    public async Task The_options_of_a_socket_reach_the_machine_before_and_after_it_connects()
    {
        using Socket listening = new(_stacks.Right, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(TwoStacks.RightAddress, 0));
        listening.Listen();
        using Socket client = new(_stacks.Left, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SetRaw(client, 18, 5_000);
        SetRaw(client, 3, 1);
        SetRaw(client, 7, 4);
        client.SetRawSocketOption(Tcp, 13, "bbr"u8);
        await client.ConnectAsync(listening.LocalEndPoint!);
        TcpConnection machine = await OnlyConnectionAsync(_stacks.Left);
        Assert.Equal(Duration.FromSeconds(5), machine.Options.UserTimeout);
        Assert.Equal(4, machine.Options.SynRetries);
        Assert.Equal("bbr", machine.Congestion!.Name);
        Assert.True(machine.IsCorked);
        client.Send(new byte[10]);
        await OnlyConnectionAsync(_stacks.Left);
        Assert.Equal(10, (await _stacks.Left.Loop.CallAsync(machine.TakeSnapshot)).UnsentBytes);

        SetRaw(client, 18, 6_000);
        SetRaw(client, 2, 500);
        SetRaw(client, 3, 0);
        client.NoDelay = true;
        client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        await OnlyConnectionAsync(_stacks.Left);

        Assert.Equal(Duration.FromSeconds(6), machine.Options.UserTimeout);
        Assert.True(machine.Options is { NoDelay: true, KeepAlive: true, KeepAliveProbes: 3, MaximumSegmentBytes: 500 });
        Assert.False(machine.IsCorked);
        using Socket server = await listening.AcceptAsync();
        Assert.Equal(10, await server.ReceiveAsync(new byte[100]).WaitAsync(Patience));
        byte[] segment = new byte[sizeof(int)];
        client.GetRawSocketOption(Tcp, 2, segment);
        Assert.InRange(BitConverter.ToInt32(segment), 400, 500);
        client.SetRawSocketOption(Tcp, 13, "bbr"u8);
        SocketException settled = Assert.Throws<SocketException>(() => client.SetRawSocketOption(Tcp, 13, "cubic"u8));
        Assert.Equal(SocketError.InvalidArgument, settled.SocketErrorCode);
    }

    [Fact]
    public async Task An_option_that_is_set_while_a_socket_connects_is_not_lost()
    {
        using Socket listening = new(_stacks.Right, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(TwoStacks.RightAddress, 0));
        listening.Listen();
        using Socket client = new(_stacks.Left, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Task connecting = client.ConnectAsync(listening.LocalEndPoint!);
        SetRaw(client, 18, 9_000);
        await connecting;

        Assert.Equal(Duration.FromSeconds(9), (await OnlyConnectionAsync(_stacks.Left)).Options.UserTimeout);
    }

    [Fact]
    public async Task The_choices_of_the_stack_are_those_of_its_sockets()
    {
        using Ethernet.DevicePair cable = new();
        NetworkStackOptions options = new() { Tcp = new TcpOptions { Connection = new TcpConnectionOptions { NoDelay = true, KeepAlive = true } } };
        await using NetworkStack stack = NetworkStack.Start(options.AddDevice(cable.Left, "10.0.0.1/24"));
        using Socket socket = new(stack, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        Assert.True(socket.NoDelay);
        Assert.Equal(1, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
    }

    [Fact]
    public async Task Options_can_be_set_after_the_stack_has_ended()
    {
        TwoStacks stacks = new();
        using Socket listening = new(stacks.Right, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(TwoStacks.RightAddress, 0));
        listening.Listen();
        using Socket client = new(stacks.Left, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listening.LocalEndPoint!);
        await stacks.DisposeAsync();

        SetRaw(client, 3, 1);
        SetRaw(client, 3, 0);
        SetRaw(client, 12, 1);
        SetRaw(client, 18, 1_000);

        byte[] value = new byte[sizeof(int)];
        client.GetRawSocketOption(Tcp, 18, value);
        Assert.Equal(1_000, BitConverter.ToInt32(value));
    }

    private static void SetRaw(Socket socket, int option, int value) => socket.SetRawSocketOption(Tcp, option, BitConverter.GetBytes(value));

    private static async Task PassByteAsync(NetworkConnection from, NetworkConnection to)
    {
        await from.Output.WriteAsync(new byte[1]);
        to.Input.AdvanceTo((await ReadAsync(to)).End);
    }

    private static async Task<System.Buffers.ReadOnlySequence<byte>> ReadAsync(NetworkConnection connection) =>
        (await connection.Input.ReadAsync().AsTask().WaitAsync(Patience)).Buffer;

    private static async Task<TcpConnection> OnlyConnectionAsync(NetworkStack stack)
    {
        List<TcpConnection> connections = [];
        await stack.Loop.CallAsync(_ =>
        {
            stack.Loop.Tcp.CopyConnections(connections);
            return true;
        });
        return Assert.Single(connections);
    }

    private static async Task CloseAsync(NetworkConnection client, NetworkConnection server)
    {
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    private async Task<(NetworkConnection Client, NetworkConnection Server)> ConnectAsync(TcpConnectionOptions? ofServer = null)
    {
        await using NetworkListener listener = await _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0), options: ofServer);
        NetworkConnection client = await _stacks.Left.ConnectAsync(new IPEndPoint(TwoStacks.RightAddress, listener.LocalEndPoint.Port));
        return (client, await listener.AcceptAsync());
    }
}
