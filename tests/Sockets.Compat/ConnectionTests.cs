using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets.Tests;

/// <summary>NetworkListener, NetworkConnection and its stream.</summary>
public sealed class ConnectionTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TwoStacks _stacks = new();
    private NetworkListener _listener = null!;

    private IPEndPoint Server => new(TwoStacks.RightAddress, _listener.LocalEndPoint.Port);

    public async Task InitializeAsync() => _listener = await _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0));

    public async Task DisposeAsync()
    {
        await _stacks.DisposeAsync();
        _stacks.AssertNothingOutstanding();
    }

    [Fact]
    public async Task Both_ends_know_each_other()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();

        Assert.Equal(Server, client.RemoteEndPoint);
        Assert.Equal(Server, server.LocalEndPoint);
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
        Assert.Equal(TwoStacks.LeftAddress, client.LocalEndPoint.Address);
    }

    [Fact]
    public async Task Pipes_carry_bytes_both_ways_at_once()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();
        byte[] toServer = RandomNumberGenerator.GetBytes(300_000);
        byte[] toClient = RandomNumberGenerator.GetBytes(500_000);

        Task<byte[]> atServer = ReadToEndAsync(server.Input);
        Task<byte[]> atClient = ReadToEndAsync(client.Input);
        await Task.WhenAll(WriteAsync(client.Output, toServer), WriteAsync(server.Output, toClient)).WaitAsync(Patience);

        Assert.Equal(toServer, await atServer.WaitAsync(Patience));
        Assert.Equal(toClient, await atClient.WaitAsync(Patience));
        await client.DisposeAsync();
        await server.DisposeAsync();
        Assert.Equal(TcpError.None, await client.Closed.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_read_waits_for_bytes_whatever_else_happens_to_the_connection()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();
        Task<ReadResult> read = client.Input.ReadAsync().AsTask();

        // Acknowledgments come, and make room for more, while nothing is received.
        byte[] bytes = new byte[2_000_000];
        Task writing = client.Output.WriteAsync(bytes).AsTask();
        await server.AsStream().ReadExactlyAsync(new byte[bytes.Length]);
        await writing;
        while ((await client.TakeSnapshotAsync()).OutstandingBytes > 0)
        {
            await Task.Delay(5);
        }

        Assert.False(read.IsCompleted);
        await server.Output.WriteAsync(new byte[1]);
        Assert.Equal(1, (await read.WaitAsync(Patience)).Buffer.Length);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_reads_what_a_stream_writes()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();
        await using Stream writer = client.AsStream();
        await using Stream reader = server.AsStream();
        Assert.Same(writer, client.AsStream());

        await writer.WriteAsync("one two"u8.ToArray());
        writer.Write("three"u8);

        byte[] buffer = new byte[12];
        await reader.ReadExactlyAsync(buffer).AsTask().WaitAsync(Patience);
        Assert.Equal("one twothree"u8.ToArray(), buffer);
        await writer.DisposeAsync();
        Assert.Equal(0, await reader.ReadAsync(buffer));
    }

    [Fact]
    public async Task A_cancelled_read_leaves_the_connection_as_it_was()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();
        Stream stream = client.AsStream();
        using CancellationTokenSource soon = new(30);
        byte[] buffer = new byte[10];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.ReadAsync(buffer, soon.Token).AsTask());

        await server.AsStream().WriteAsync(new byte[] { 5 });
        Assert.Equal(1, await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience));
        Assert.Equal(5, buffer[0]);
    }

    [Fact]
    public async Task A_writer_to_one_who_does_not_read_waits_and_can_be_cancelled()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();
        await using NetworkConnection unread = server;
        using CancellationTokenSource soon = new(200);
        byte[] piece = new byte[64 * 1024];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                await client.AsStream().WriteAsync(piece, soon.Token);
            }
        });
    }

    [Fact]
    public async Task Where_resets_do_not_throw_the_input_ends_and_the_end_is_told()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();
        server.ThrowsOnReset = false;
        Task<ReadResult> read = server.Input.ReadAsync().AsTask();
        Task<TcpError> closed = server.Closed;

        client.Abort();

        ReadResult end = await read.WaitAsync(Patience);
        Assert.True(end.IsCompleted);
        Assert.True(end.Buffer.IsEmpty);
        Assert.Equal(TcpError.ConnectionReset, await closed.WaitAsync(Patience));
        Assert.Equal(TcpError.ConnectionReset, await server.Closed.WaitAsync(Patience));
    }

    [Fact]
    public async Task An_aborted_connection_is_reset_at_the_peer()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();
        Task<int> read = server.AsStream().ReadAsync(new byte[10]).AsTask();

        client.Abort();

        SocketException failure = await Assert.ThrowsAsync<SocketException>(() => read.WaitAsync(Patience));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        Assert.Equal(TcpError.ConnectionReset, await server.Closed.WaitAsync(Patience));
        Assert.Equal(TcpError.ConnectionAborted, await client.Closed.WaitAsync(Patience));
    }

    [Fact]
    [Trait("RFC", "1122 §4.2.2.13")]
    public async Task Closing_with_unread_bytes_tells_the_peer_by_a_reset()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();
        await client.AsStream().WriteAsync(new byte[100]);
        ReadResult result = await server.Input.ReadAsync();
        server.Input.AdvanceTo(result.Buffer.GetPosition(50), result.Buffer.End);

        await server.DisposeAsync();

        SocketException failure = await Assert.ThrowsAsync<SocketException>(() => client.AsStream().ReadAsync(new byte[10]).AsTask().WaitAsync(Patience));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
    }

    [Fact]
    public async Task Half_a_connection_goes_on()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();
        await client.Output.CompleteAsync();
        Assert.Equal(0, await server.AsStream().ReadAsync(new byte[10]).AsTask().WaitAsync(Patience));

        await server.AsStream().WriteAsync(new byte[] { 1, 2, 3 });

        Assert.Equal(3, await client.AsStream().ReadAsync(new byte[10]).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Nobody_listens_means_refused()
    {
        IPEndPoint server = Server;
        await _listener.DisposeAsync();

        SocketException failure = await Assert.ThrowsAsync<SocketException>(() => _stacks.Left.ConnectAsync(server).WaitAsync(Patience));

        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    [Fact]
    public async Task A_connect_that_nobody_answers_can_be_given_up()
    {
        using CancellationTokenSource soon = new(50);
        IPEndPoint nobody = new(IPAddress.Parse("10.0.0.99"), 7);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _stacks.Left.ConnectAsync(nobody, cancellationToken: soon.Token).WaitAsync(Patience));
    }

    [Fact]
    public async Task Where_no_way_leads_the_network_is_unreachable()
    {
        IPEndPoint faraway = new(IPAddress.Parse("192.0.2.1"), 7);

        SocketException failure = await Assert.ThrowsAsync<SocketException>(() => _stacks.Left.ConnectAsync(faraway).WaitAsync(Patience));

        Assert.Equal(SocketError.NetworkUnreachable, failure.SocketErrorCode);
    }

    [Fact]
    public async Task A_disposed_listener_ends_its_accepts_and_frees_its_port()
    {
        Task<NetworkConnection> accept = _listener.AcceptAsync().AsTask();
        int port = _listener.LocalEndPoint.Port;

        await _listener.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => accept.WaitAsync(Patience));
        await using NetworkListener next = await _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, port));
        Assert.Equal(port, next.LocalEndPoint.Port);
    }

    [Fact]
    public async Task Connections_wait_to_be_accepted()
    {
        Assert.False(_listener.HasPending);
        Assert.False(_listener.TryAccept(out _));
        await using NetworkConnection client = await _stacks.Left.ConnectAsync(Server);

        await using NetworkConnection server = await _listener.AcceptAsync().AsTask().WaitAsync(Patience);

        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
        Assert.False(_listener.TryAccept(out _));
    }

    [Fact]
    public async Task Options_can_be_changed_at_any_time()
    {
        TcpConnectionOptions options = new() { NoDelay = true };
        await using NetworkConnection client = await _stacks.Left.ConnectAsync(Server, options: options);
        Assert.True(client.NoDelay);

        client.NoDelay = false;
        client.Options = client.Options with { KeepAlive = true };

        // The loop has seen it when it has answered.
        (bool noDelay, bool keepAlive) = await _stacks.Left.Loop.CallAsync(
            _ => (client.Pipe.Connection.NoDelay, client.Pipe.Connection.Options.KeepAlive));
        Assert.False(noDelay);
        Assert.True(keepAlive);
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.1.8 MUST-47, SHLD-20")]
    public async Task Trouble_that_ends_nothing_is_told_to_who_asks_for_it()
    {
        (NetworkConnection client, NetworkConnection server) = await ConnectAsync();
        await using NetworkConnection first = client;
        await using NetworkConnection second = server;
        TaskCompletionSource<TcpError> told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.SoftErrorReported = error => told.TrySetResult(error);

        await _stacks.Left.Loop.CallAsync(_ => _stacks.Left.Loop.Host.Interfaces.All(
            each => each.Remove(new IpPrefix(new IpAddress(0x0A00_0001), 24))));
        await client.Output.WriteAsync(new byte[10]);

        Assert.Equal(TcpError.NetworkUnreachable, await told.Task.WaitAsync(Patience));
        Assert.False(client.Closed.IsCompleted);
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.2 MUST-49")]
    public async Task The_time_to_live_of_a_stack_can_be_set()
    {
        await using NetworkStack stack = NetworkStack.Start(new NetworkStackOptions { Ip = new IpHostOptions { DefaultHopLimit = 17 } });

        Assert.Equal(17, stack.Loop.Host.Options.DefaultHopLimit);
    }

    private async Task<(NetworkConnection Client, NetworkConnection Server)> ConnectAsync()
    {
        NetworkConnection client = await _stacks.Left.ConnectAsync(Server).WaitAsync(Patience);
        return (client, await _listener.AcceptAsync().AsTask().WaitAsync(Patience));
    }

    private static async Task WriteAsync(PipeWriter writer, byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length; sent += 10_000)
        {
            await writer.WriteAsync(bytes.AsMemory(sent, Math.Min(10_000, bytes.Length - sent)));
        }

        await writer.CompleteAsync();
    }

    private static async Task<byte[]> ReadToEndAsync(PipeReader reader)
    {
        List<byte> all = [];
        while (true)
        {
            ReadResult result = await reader.ReadAsync();
            if (result.IsCompleted)
            {
                all.AddRange(result.Buffer.ToArray());
                reader.AdvanceTo(result.Buffer.End);
                return [.. all];
            }

            // Half of it, so that what was examined and not consumed has to come again.
            ReadOnlySequence<byte> half = result.Buffer.Slice(0, (result.Buffer.Length + 1) / 2);
            all.AddRange(half.ToArray());
            reader.AdvanceTo(half.End, result.Buffer.End);
        }
    }
}
