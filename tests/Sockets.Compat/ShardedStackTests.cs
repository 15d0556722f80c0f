using System.Net;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.Tcp;

namespace NetStack.Sockets.Tests;

/// <summary>Stacks of several shards: what a program sees is one stack.</summary>
public sealed class ShardedStackTests : IAsyncLifetime
{
    private const int Queues = 4;
    private const int Connections = 400;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TwoStacks _stacks = new(Queues, Queues);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stacks.DisposeAsync();
        _stacks.AssertNothingOutstanding();
        foreach (NetworkStack stack in new[] { _stacks.Left, _stacks.Right })
        {
            Assert.Equal(0, (await stack.ReadStatisticsAsync()).OutstandingBlocks);
        }
    }

    [Fact]
    public async Task Connections_of_all_shards_come_to_one_listener_and_none_is_lost()
    {
        await using NetworkListener listener = await _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0), Connections);
        IPEndPoint server = new(TwoStacks.RightAddress, listener.LocalEndPoint.Port);
        Task serving = EchoAsync(listener, Connections);

        int[] answers = await Task.WhenAll(Enumerable.Range(0, Connections).Select(number => AskAsync(server, number))).WaitAsync(Patience);

        Assert.Equal(Enumerable.Range(0, Connections), answers);
        await serving.WaitAsync(Patience);
        AssertSpread(_stacks.Left, Counter.TcpActiveOpens);
        AssertSpread(_stacks.Right, Counter.TcpPassiveOpens);
        Assert.Equal(Connections, _stacks.Right.ReadCounters()[Counter.TcpPassiveOpens]);

        // Each was found in its shard, whichever queue it came by.
        Assert.Equal(0, _stacks.Right.ReadCounters()[DropReason.TcpNoConnection]);
        Assert.True(_stacks.Right.ReadCounters()[Counter.FramesSteered] > Connections);
    }

    [Fact]
    public async Task A_connection_from_a_port_of_ones_own_is_made_in_the_shard_that_hears_the_answer()
    {
        await using NetworkListener listener = await _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0));
        IPEndPoint server = new(TwoStacks.RightAddress, listener.LocalEndPoint.Port);
        for (int port = 3000; port < 3064; port++)
        {
            IPAddress from = port % 2 == 0 ? IPAddress.Any : TwoStacks.LeftAddress;
            await using NetworkConnection client = await _stacks.Left.ConnectAsync(server, new IPEndPoint(from, port)).WaitAsync(Patience);
            await using NetworkConnection accepted = await listener.AcceptAsync().AsTask().WaitAsync(Patience);

            Assert.Equal(new IPEndPoint(TwoStacks.LeftAddress, port), client.LocalEndPoint);
            Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
        }

        AssertSpread(_stacks.Left, Counter.TcpActiveOpens);
    }

    [Fact]
    public async Task A_stack_connects_to_itself()
    {
        await using NetworkListener listener = await _stacks.Left.ListenAsync(new IPEndPoint(IPAddress.Any, 0));
        Task serving = EchoAsync(listener, 2 * Queues);
        foreach (IPAddress address in new[] { TwoStacks.LeftAddress, IPAddress.Loopback })
        {
            IPEndPoint server = new(address, listener.LocalEndPoint.Port);
            int[] answers = await Task.WhenAll(Enumerable.Range(0, Queues).Select(number => AskAsync(server, number))).WaitAsync(Patience);
            Assert.Equal(Enumerable.Range(0, Queues), answers);
        }

        await serving.WaitAsync(Patience);
    }

    [Fact]
    public async Task Nobody_listens_any_more_in_any_shard_once_the_listener_is_disposed()
    {
        NetworkListener listener = await _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0));
        IPEndPoint server = new(TwoStacks.RightAddress, listener.LocalEndPoint.Port);
        Task<NetworkConnection> accepting = listener.AcceptAsync().AsTask();

        await listener.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => accepting.WaitAsync(Patience));
        for (int i = 0; i < 4 * Queues; i++)
        {
            SocketException refused = await Assert.ThrowsAsync<SocketException>(() => _stacks.Left.ConnectAsync(server).WaitAsync(Patience));
            Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        }

        await using NetworkListener again = await _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, server.Port));
        Assert.Equal(server.Port, again.LocalEndPoint.Port);
    }

    [Fact]
    public async Task A_port_that_is_listened_on_is_in_use_whoever_asks()
    {
        await using NetworkListener listener = await _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 80));

        SocketException taken = await Assert.ThrowsAsync<SocketException>(
            () => _stacks.Right.ListenAsync(new IPEndPoint(TwoStacks.RightAddress, 80)));

        Assert.Equal(SocketError.AddressAlreadyInUse, taken.SocketErrorCode);
    }

    [Fact]
    public async Task Datagrams_and_their_answers_find_their_sockets()
    {
        for (int i = 0; i < 4 * Queues; i++)
        {
            await using DatagramSocket server = await _stacks.Right.BindAsync(new IPEndPoint(IPAddress.Any, 5000 + i));
            await using DatagramSocket client = await _stacks.Left.BindAsync(new IPEndPoint(IPAddress.Any, 0));

            // Large ones go in fragments, which belong to no port.
            foreach (int length in new[] { 1, 1400, 20_000 })
            {
                byte[] sent = new byte[length];
                Random.Shared.NextBytes(sent);
                await client.SendAsync(sent, new IPEndPoint(TwoStacks.RightAddress, 5000 + i));
                byte[] buffer = new byte[length];
                ReceivedDatagram received = await server.ReceiveAsync(buffer).AsTask().WaitAsync(Patience);
                Assert.Equal(sent, buffer);
                await server.SendAsync(buffer, received.Source);
                Assert.Equal(length, (await client.ReceiveAsync(new byte[length]).AsTask().WaitAsync(Patience)).Bytes);
            }
        }
    }

    [Fact]
    public async Task A_datagram_to_ourselves_finds_its_socket()
    {
        for (int i = 0; i < 4 * Queues; i++)
        {
            await using DatagramSocket server = await _stacks.Left.BindAsync(new IPEndPoint(IPAddress.Any, 5000 + i));
            await using DatagramSocket client = await _stacks.Left.BindAsync(new IPEndPoint(IPAddress.Any, 0));

            await client.SendAsync(new byte[] { 7 }, new IPEndPoint(TwoStacks.LeftAddress, 5000 + i));

            ReceivedDatagram received = await server.ReceiveAsync(new byte[10]).AsTask().WaitAsync(Patience);
            Assert.Equal(client.LocalEndPoint.Port, received.Source.Port);
        }
    }

    [Fact]
    public async Task Nobody_at_the_port_is_told_to_the_socket_that_sent()
    {
        for (int i = 0; i < 2 * Queues; i++)
        {
            await using DatagramSocket client = await _stacks.Left.BindAsync(new IPEndPoint(IPAddress.Any, 0));
            IPEndPoint nobody = new(TwoStacks.RightAddress, 6000 + i);
            await client.ConnectAsync(nobody);
            await client.SendAsync(new byte[10], nobody);

            SocketException refused = await Assert.ThrowsAsync<SocketException>(() => client.ReceiveAsync(new byte[10]).AsTask().WaitAsync(Patience));
            Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        }
    }

    [Fact]
    public async Task Echo_requests_of_all_shards_are_answered()
    {
        for (int i = 0; i < 4 * Queues; i++)
        {
            EchoReply reply = await _stacks.Left.PingAsync(TwoStacks.RightAddress, payloadBytes: i % 2 == 0 ? 56 : 10_000, timeout: Patience);
            Assert.Equal(EchoStatus.Replied, reply.Status);
        }
    }

    [Fact]
    public async Task A_stack_of_one_shard_talks_to_a_stack_of_several()
    {
        TwoStacks stacks = new(1, Queues);
        await using (NetworkListener listener = await stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0)))
        {
            Task serving = EchoAsync(listener, 50);
            IPEndPoint server = new(TwoStacks.RightAddress, listener.LocalEndPoint.Port);
            int[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => AskAsync(server, number, stacks.Left))).WaitAsync(Patience);
            Assert.Equal(Enumerable.Range(0, 50), answers);
            await serving.WaitAsync(Patience);
        }

        await stacks.DisposeAsync();
        stacks.AssertNothingOutstanding();
    }

    [Fact]
    [Trait("RFC", "7413")]
    public async Task A_cookie_of_one_connection_opens_the_next_in_whatever_shard_it_falls()
    {
        TcpConnectionOptions fast = new() { FastOpen = true };
        await using NetworkListener listener = await _stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0), options: fast);
        IPEndPoint server = new(TwoStacks.RightAddress, listener.LocalEndPoint.Port);
        for (int i = 0; i < 12; i++)
        {
            await using NetworkConnection client = await _stacks.Left.ConnectAsync(server, new byte[] { 1 }).WaitAsync(Patience);
            await using NetworkConnection accepted = await listener.AcceptAsync().AsTask().WaitAsync(Patience);
            await accepted.Input.ReadAsync().AsTask().WaitAsync(Patience);
        }

        // The first asks for the cookie.
        Assert.Equal(11, (await _stacks.Right.ReadStatisticsAsync()).Counters[Counter.TcpFastOpensPassive]);
    }

    [Fact]
    public async Task Memory_is_shared_out_among_the_shards()
    {
        await Task.CompletedTask;
        Assert.Equal(Queues, _stacks.Left.Shards.Count);
        Assert.Equal(new NetworkStackOptions().MaximumBlocks, _stacks.Left.Shards.Sum(shard => shard.Loop.Pool.MaximumBlocks));
    }

    [Fact]
    public void Devices_with_different_numbers_of_queues_are_refused()
    {
        using DevicePair one = new();
        using Testing.QueuedCable two = new(2, 2);
        NetworkStackOptions options = new NetworkStackOptions().AddDevice(one.Left, "10.1.0.1/24").AddDevice(two.Left, "10.2.0.1/24");

        NotSupportedException refused = Assert.Throws<NotSupportedException>(() => NetworkStack.Start(options));

        Assert.Contains("2 queues", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Queues_of_different_stations_are_no_device()
    {
        using DevicePair cable = new();
        Assert.Throws<ArgumentException>(() => new DeviceOptions([cable.Left, cable.Right]));
    }

    private static async Task EchoAsync(NetworkListener listener, int connections) =>
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            await using NetworkConnection accepted = await listener.AcceptAsync();
            await accepted.AsStream().CopyToAsync(accepted.AsStream());
        }));

    private async Task<int> AskAsync(IPEndPoint server, int number, NetworkStack? client = null)
    {
        await using NetworkConnection connection = await (client ?? _stacks.Left).ConnectAsync(server);
        await connection.Output.WriteAsync(BitConverter.GetBytes(number));
        byte[] answer = new byte[sizeof(int)];
        await connection.AsStream().ReadExactlyAsync(answer);
        await connection.Output.CompleteAsync();
        await connection.Closed;
        return BitConverter.ToInt32(answer);
    }

    private static void AssertSpread(NetworkStack stack, Counter counter)
    {
        Assert.All(stack.Shards, shard =>
        {
            Counters counters = new();
            shard.Loop.Counters.AddTo(counters);
            Assert.NotEqual(0, counters[counter]);
        });
    }
}
