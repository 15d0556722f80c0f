using System.Net;
using NetStack.IP;

namespace NetStack.Sockets.Tests;

public sealed class DatagramSocketTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TwoStacks _stacks = new();
    private DatagramSocket _server = null!;
    private DatagramSocket _client = null!;

    private IPEndPoint Server => _server.LocalEndPoint;

    public async Task InitializeAsync()
    {
        _server = await _stacks.Right.BindAsync(new IPEndPoint(TwoStacks.RightAddress, 0));
        _client = await _stacks.Left.BindAsync(new IPEndPoint(IPAddress.Any, 0));
    }

    public async Task DisposeAsync()
    {
        await _stacks.DisposeAsync();
        _stacks.AssertNothingOutstanding();
    }

    [Fact]
    public async Task Datagrams_keep_their_bounds()
    {
        byte[] buffer = new byte[100];
        await _client.SendAsync(new byte[] { 1 }, Server);
        await _client.SendAsync(ReadOnlyMemory<byte>.Empty, Server);
        await _client.SendAsync(new byte[] { 2, 3 }, Server);

        ReceivedDatagram first = await ReceiveAsync(_server, buffer);
        Assert.Equal((1, false), (first.Bytes, first.IsTruncated));
        Assert.Equal(new IPEndPoint(TwoStacks.LeftAddress, _client.LocalEndPoint.Port), first.Source);
        Assert.Equal(0, (await ReceiveAsync(_server, buffer)).Bytes);
        Assert.Equal(2, (await ReceiveAsync(_server, buffer)).Bytes);
        Assert.False(_server.TryReceive(buffer, out _));
    }

    [Fact]
    public async Task A_datagram_longer_than_the_buffer_is_cut_and_says_so()
    {
        await _client.SendAsync(new byte[50], Server);

        ReceivedDatagram cut = await ReceiveAsync(_server, new byte[20]);

        Assert.Equal((20, true), (cut.Bytes, cut.IsTruncated));
        Assert.False(_server.HasPending);
    }

    [Fact]
    public async Task The_payload_may_be_changed_once_send_returns()
    {
        byte[] payload = new byte[20_000];
        Array.Fill(payload, (byte)1);
        await _client.SendAsync(payload, Server);
        Array.Fill(payload, (byte)2);

        byte[] buffer = new byte[30_000];
        ReceivedDatagram received = await ReceiveAsync(_server, buffer);

        Assert.Equal(20_000, received.Bytes);
        Assert.All(buffer[..received.Bytes], value => Assert.Equal(1, value));
    }

    [Fact]
    public async Task A_cancelled_receive_takes_nothing()
    {
        using CancellationTokenSource soon = new(30);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _server.ReceiveAsync(new byte[10], soon.Token).AsTask());

        await _client.SendAsync(new byte[3], Server);

        Assert.Equal(3, (await ReceiveAsync(_server, new byte[10])).Bytes);
    }

    [Fact]
    [Trait("RFC", "1122 §4.1.3.3")]
    public async Task A_connected_socket_is_told_that_nobody_listens()
    {
        IPEndPoint closed = Server;
        await _server.DisposeAsync();
        await _client.ConnectAsync(closed);
        await _client.SendAsync(new byte[3], closed);

        SocketException failure = await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(_client, new byte[10]));

        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
        Assert.Equal(TwoStacks.LeftAddress, _client.LocalEndPoint.Address);
    }

    [Fact]
    public async Task A_port_is_bound_once()
    {
        SocketException failure = await Assert.ThrowsAsync<SocketException>(() => _stacks.Right.BindAsync(Server));
        Assert.Equal(SocketError.AddressAlreadyInUse, failure.SocketErrorCode);

        await _server.DisposeAsync();

        await using DatagramSocket next = await _stacks.Right.BindAsync(Server);
        Assert.Equal(Server, next.LocalEndPoint);
    }

    [Fact]
    public async Task A_disposed_socket_ends_its_receive()
    {
        Task<ReceivedDatagram> receive = _server.ReceiveAsync(new byte[10]).AsTask();

        await _server.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => receive.WaitAsync(Patience));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _server.SendAsync(new byte[1], Server).AsTask());
    }

    [Fact]
    public async Task Broadcast_needs_leave()
    {
        IPEndPoint everybody = new(IPAddress.Broadcast, Server.Port);
        await _client.SendAsync(new byte[1], everybody);
        SocketException failure = await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(_client, new byte[10]));
        Assert.Equal(SocketError.AccessDenied, failure.SocketErrorCode);

        await using DatagramSocket allowed = await _stacks.Left.BindAsync(new IPEndPoint(IPAddress.Any, 0), new UdpOptions { AllowBroadcast = true });
        await using DatagramSocket listening = await _stacks.Right.BindAsync(new IPEndPoint(IPAddress.Any, 0));
        await allowed.SendAsync(new byte[5], new IPEndPoint(IPAddress.Broadcast, listening.LocalEndPoint.Port));
        Assert.Equal(5, (await ReceiveAsync(listening, new byte[10])).Bytes);
    }

    private static Task<ReceivedDatagram> ReceiveAsync(DatagramSocket socket, byte[] buffer) =>
        socket.ReceiveAsync(buffer).AsTask().WaitAsync(Patience);
}
