using System.Net;
using System.Net.Sockets;
using NetStack.Dns;
using NetStack.Ethernet;

namespace NetStack.Sockets.Tests;

public sealed class NameResolverTests : IAsyncDisposable
{
    private static readonly IPAddress ServerAddress = IPAddress.Parse("10.0.0.2");

    private readonly DevicePair _cable = new();
    private readonly NetworkStack _client;
    private readonly NetworkStack _server;

    public NameResolverTests()
    {
        NetworkStackOptions options = new NetworkStackOptions().AddDevice(_cable.Left, "10.0.0.1/24");
        options.DnsServers.Add(ServerAddress);
        _client = NetworkStack.Start(options);
        _server = NetworkStack.Start(new NetworkStackOptions().AddDevice(_cable.Right, "10.0.0.2/24"));
    }

    [Fact]
    public async Task A_name_is_found_and_found_again_without_asking()
    {
        await using NameServer server = await NameServer.StartAsync(_server, _ => 0);

        IReadOnlyList<IPAddress> first = await _client.FindAddressesAsync("www.example.com");
        IReadOnlyList<IPAddress> second = await _client.FindAddressesAsync("www.example.com");

        Assert.Equal([IPAddress.Parse("192.0.2.7")], first);
        Assert.Equal(first, second);
        Assert.Single(server.Queries);
    }

    [Fact]
    [Trait("RFC", "5452 §9.2")]
    public async Task Every_try_has_a_port_of_its_own()
    {
        await using NameServer server = await NameServer.StartAsync(_server, _ => 0);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _client.ResolveAsync($"host{i}.example.com")));

        Assert.Equal(20, server.Queries.Select(query => query.Port).Distinct().Count());
    }

    [Fact]
    public async Task A_query_that_is_not_answered_is_sent_again_from_another_port()
    {
        await using NameServer server = await NameServer.StartAsync(_server, query => query == 0 ? null : 0);

        DnsResult result = await _client.ResolveAsync("www.example.com");

        Assert.Equal(DnsOutcome.Success, result.Outcome);
        Assert.Equal(2, server.Queries.Count);
        Assert.NotEqual(server.Queries[0].Port, server.Queries[1].Port);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_an_outcome_and_no_host_to_connect_to()
    {
        await using NameServer server = await NameServer.StartAsync(_server, _ => 3);

        DnsResult result = await _client.ResolveAsync("nothing.example.com");
        SocketException exception = await Assert.ThrowsAsync<SocketException>(() => _client.ConnectAsync("nothing.example.com", 80));

        Assert.Equal(DnsOutcome.NameError, result.Outcome);
        Assert.Equal(SocketError.HostNotFound, exception.SocketErrorCode);
    }

    [Fact]
    public async Task Where_nobody_listens_the_port_error_ends_the_lookup_early()
    {
        DnsResult result = await _client.ResolveAsync("www.example.com");

        Assert.Equal(DnsOutcome.TimedOut, result.Outcome);

        // Two tries of 2 s and 4 s are what silence would have cost.
        Assert.True(result.Elapsed < Core.Duration.FromSeconds(2), $"it took {result.Elapsed}");
    }

    [Fact]
    public async Task A_lookup_can_be_given_up_and_leaves_no_port_behind()
    {
        await using NameServer server = await NameServer.StartAsync(_server, _ => null);
        using CancellationTokenSource impatient = new();
        Task<DnsResult> lookup = _client.ResolveAsync("www.example.com", cancellationToken: impatient.Token);

        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lookup);
    }

    [Fact]
    public async Task The_end_of_the_stack_ends_the_lookup()
    {
        await using NameServer server = await NameServer.StartAsync(_server, _ => null);
        Task<DnsResult> lookup = _client.ResolveAsync("www.example.com");

        await _client.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => lookup);
    }

    [Fact]
    public async Task An_address_answers_itself_and_a_connection_by_address_needs_no_server()
    {
        await using NetworkListener listener = await _server.ListenAsync(new IPEndPoint(IPAddress.Any, 80));

        IReadOnlyList<IPAddress> found = await _client.FindAddressesAsync("10.0.0.2");
        await using NetworkConnection connection = await _client.ConnectAsync("10.0.0.2", 80);

        Assert.Equal([ServerAddress], found);
        Assert.Equal(new IPEndPoint(ServerAddress, 80), connection.RemoteEndPoint);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_client.DisposeAsync().AsTask(), _server.DisposeAsync().AsTask());
        _cable.Dispose();
        Assert.Equal(0, _client.Loop.Pool.OutstandingBlocks);
        Assert.Equal(0, _server.Loop.Pool.OutstandingBlocks);
    }
}
