using System.Globalization;
using System.Net.Sockets;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>The services that run on a stack.</summary>
internal sealed class ServiceSet : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _services = [];
    private readonly List<string> _names = [];

    private ServiceSet()
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
    public static async Task<ServiceSet> StartAsync(
        NetworkStack stack, IEnumerable<DeviceOptions> devices, ServiceRequest request, ulong? seed)
    {
        ServiceSet set = new();
        try
        {
            await set.AddAsync("echo", request.EchoPort, async port =>
            [
                await TcpService.StartAsync(stack, port, Echo.ServeAsync).ConfigureAwait(false),
                await UdpService.StartAsync(stack, port, Echo.Answer).ConfigureAwait(false),
            ]).ConfigureAwait(false);
            await set.AddAsync("discard", request.DiscardPort, async port =>
            [
                await TcpService.StartAsync(stack, port, Discard.ServeAsync).ConfigureAwait(false),
                await UdpService.StartAsync(stack, port, Discard.Answer).ConfigureAwait(false),
            ]).ConfigureAwait(false);
            Chargen chargen = new(seed);
            await set.AddAsync("chargen", request.ChargenPort, async port =>
            [
                await TcpService.StartAsync(stack, port, Chargen.ServeAsync).ConfigureAwait(false),
                await UdpService.StartAsync(stack, port, chargen.Answer).ConfigureAwait(false),
            ]).ConfigureAwait(false);
            await set.AddAsync("http", request.HttpPort, async port =>
                [await HttpService.StartAsync(stack, devices, port).ConfigureAwait(false)]).ConfigureAwait(false);
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
        for (int i = _services.Count - 1; i >= 0; i--)
        {
            await _services[i].DisposeAsync().ConfigureAwait(false);
        }

        _services.Clear();
    }

    private async Task AddAsync(string name, int? port, Func<int, Task<IAsyncDisposable[]>> start)
    {
        if (port is not { } number)
        {
            return;
        }

        try
        {
            _services.AddRange(await start(number).ConfigureAwait(false));
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
