using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>A namespace with <c>netstack serve</c> on a TAP in it, the kernel at the other end, and a client for its statistics.</summary>
internal sealed class ServedNetwork : IDisposable
{
    /// <summary>The stack's address.</summary>
    public const string Ours = "10.9.0.2";

    /// <summary>The kernel's address.</summary>
    public const string Kernels = "10.9.0.1";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _client;

    private ServedNetwork(NetworkNamespace space, NetstackServer server)
    {
        Space = space;
        Server = server;
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            UseProxy = false,
            // A connection for each request, and none beside it.
            PooledConnectionLifetime = TimeSpan.Zero,
        }) { Timeout = TimeSpan.FromSeconds(60) };
    }

    /// <summary>The namespace.</summary>
    public NetworkNamespace Space { get; }

    /// <summary>The server.</summary>
    public NetstackServer Server { get; }

    /// <summary>Makes a namespace and starts a server in it.</summary>
    /// <param name="arguments">What to serve, such as <c>--http</c>.</param>
    public static async Task<ServedNetwork> StartAsync(params string[] arguments)
    {
        NetworkNamespace space = await NetworkNamespace.CreateAsync();
        try
        {
            return new ServedNetwork(space, await NetstackServer.StartAsync(space, arguments));
        }
        catch
        {
            space.Dispose();
            throw;
        }
    }

    /// <summary>A socket of the kernel's in the namespace, with time-outs, so that nothing waits for ever.</summary>
    public Socket NewSocket(SocketType type = SocketType.Stream) => Space.Enter(() => new Socket(
        AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp)
    {
        ReceiveTimeout = (int)Patience.TotalMilliseconds,
        SendTimeout = (int)Patience.TotalMilliseconds,
    });

    /// <summary>A socket of the kernel's, connected to a port of the stack's.</summary>
    public Socket Connect(int port, SocketType type = SocketType.Stream)
    {
        Socket socket = NewSocket(type);
        socket.Connect(IPAddress.Parse(Ours), port);
        return socket;
    }

    /// <summary>Runs a shell pipeline of peers in the namespace; the first that fails makes it fail.</summary>
    /// <returns>What it wrote to standard output, without white space at its ends.</returns>
    public async Task<string> PipelineAsync(string script, TimeSpan? timeout = null) =>
        (await Space.RunAsync("bash", ["-euo", "pipefail", "-c", script], timeout)).Succeeded().Output.Trim();

    /// <summary>Asks for the statistics.</summary>
    /// <param name="collect">Whether the server collects its garbage first.</param>
    public async Task<ServerStatistics> StatisticsAsync(bool collect = false) =>
        (await _client.GetFromJsonAsync<ServerStatistics>($"http://{Ours}/stats{(collect ? "?collect=1" : "")}"))!;

    /// <summary>
    /// Asks for the statistics until the request itself is the only connection and no more of the pool is in use than a
    /// baseline says. Fails where that does not come to be.
    /// </summary>
    public async Task<ServerStatistics> SettledAsync(ServerStatistics? baseline = null)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (true)
        {
            ServerStatistics now = await StatisticsAsync();
            bool isSettled = now.OpenConnections == 1
                && (baseline is null
                    || (now.PoolOutstandingBlocks <= baseline.PoolOutstandingBlocks && now.PoolOutstandingSlices <= baseline.PoolOutstandingSlices));
            if (isSettled)
            {
                return now;
            }

            Assert.True(
                waited.Elapsed < Patience,
                $"After {Patience}: {now.OpenConnections} open connections, {now.PoolOutstandingBlocks} blocks, {now.PoolOutstandingSlices} slices; "
                + $"the baseline is {baseline?.PoolOutstandingBlocks} blocks, {baseline?.PoolOutstandingSlices} slices.");
            await Task.Delay(PollInterval);
        }
    }

    /// <summary>Stops the server as an administrator would, and checks that it leaves nothing behind.</summary>
    public async Task<ProcessOutcome> StopAsync() => AssertClean(await Server.StopAsync());

    /// <summary>Checks that a server ended well and gave every buffer back.</summary>
    public static ProcessOutcome AssertClean(ProcessOutcome outcome)
    {
        Assert.True(outcome.ExitCode == 0, $"It exited with {outcome.ExitCode}.\n{outcome.Error}{outcome.Output}");
        Assert.Matches("(?m)^pool outstanding: 0$", outcome.Output);
        Assert.DoesNotContain("Exception", outcome.Error, StringComparison.Ordinal);
        return outcome;
    }

    public void Dispose()
    {
        _client.Dispose();
        Server.Dispose();
        Space.Dispose();
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        Socket socket = NewSocket();
        await socket.ConnectAsync(IPAddress.Parse(Ours), context.DnsEndPoint.Port, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
