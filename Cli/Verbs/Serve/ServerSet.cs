using System.Globalization;
using System.Net.Sockets;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>The services that run on a stack.</summary>
internal sealed class ServerSet : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly List<string> _names = [];

    private ServerSet()
    {
    }

    /// <summary>What runs, such as <c>echo on port 7</c>.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Starts what is asked for.</summary>
    /// <param name="stack">The stack to serve on.</param>
    /// <param name="devices">Its devices, for the statistics.</param>
    /// <param name="request">What to serve.</param>
    /// <param name="seed">What makes the lengths of chargen's datagrams repeatable, or null.</param>
    /// <exception cref="CommandFailure">A port is in use.</exception>
    public static async Task<ServerSet> StartAsync(
        NetworkStack stack, IEnumerable<DeviceOptions> devices, ServerRequest request, ulong? seed)
    {
        ServerSet set = new();
        try
        {
            await set.AddAsync("echo", request.EchoPort, async port =>
            [
                await TcpServer.StartAsync(stack, port, Echo.ServeAsync).ConfigureAwait(false),
                await UdpServer.StartAsync(stack, port, Echo.Answer).ConfigureAwait(false),
            ]).ConfigureAwait(false);
            await set.AddAsync("discard", request.DiscardPort, async port =>
            [
                await TcpServer.StartAsync(stack, port, Discard.ServeAsync).ConfigureAwait(false),
                await UdpServer.StartAsync(stack, port, Discard.Answer).ConfigureAwait(false),
            ]).ConfigureAwait(false);
            Chargen chargen = new(seed);
            await set.AddAsync("chargen", request.ChargenPort, async port =>
            [
                await TcpServer.StartAsync(stack, port, Chargen.ServeAsync).ConfigureAwait(false),
                await UdpServer.StartAsync(stack, port, chargen.Answer).ConfigureAwait(false),
            ]).ConfigureAwait(false);
            await set.AddAsync("http", request.HttpPort, async port =>
                [await HttpServer.StartAsync(stack, devices, port).ConfigureAwait(false)]).ConfigureAwait(false);
            return set;
        }
        catch
        {
            await set.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops what runs, the last first.</summary>
    public async ValueTask DisposeAsync()
    {
        for (int i = _servers.Count - 1; i >= 0; i--)
        {
            await _servers[i].DisposeAsync().ConfigureAwait(false);
        }

        _servers.Clear();
    }

    private async Task AddAsync(string name, int? port, Func<int, Task<IAsyncDisposable[]>> start)
    {
        if (port is not { } number)
        {
            return;
        }

        try
        {
            _servers.AddRange(await start(number).ConfigureAwait(false));
            _names.Add(string.Create(CultureInfo.InvariantCulture, $"{name} on port {number}"));
        }
        catch (Exception exception) when (IsAddressInUse(exception))
        {
            throw CommandFailure.Failed(string.Create(
                CultureInfo.InvariantCulture, $"--{name} {number}: the port is in use on this stack; give each service a port of its own."));
        }
    }

    private static bool IsAddressInUse(Exception? exception) => exception switch
    {
        null => false,
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => true,
        Microsoft.AspNetCore.Connections.AddressInUseException => true,
        _ => IsAddressInUse(exception.InnerException),
    };
}
