using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetStack.AspNetCore;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>Kestrel on the stack, with the pages of <see cref="HttpSite"/>.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromMilliseconds(500);

    private readonly WebApplication _application;

    private HttpServer(WebApplication application) => _application = application;

    /// <summary>Starts the server on every address of a stack.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="devices">Its devices, for the statistics.</param>
    /// <param name="port">The port.</param>
    public static async Task<HttpServer> StartAsync(NetworkStack stack, IEnumerable<DeviceOptions> devices, int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();

        // The command is configured by its own options, not by files and variables made for web applications.
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        builder.WebHost.UseNetStack(stack);
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, stack.Addresses, port));
        WebApplication application = builder.Build();
        HttpSite site = new(stack, devices);
        application.Run(site.ServeAsync);
        try
        {
            await application.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new HttpServer(application);
    }

    public async ValueTask DisposeAsync()
    {
        using (CancellationTokenSource grace = new(StopGrace))
        {
            await _application.StopAsync(grace.Token).ConfigureAwait(false);
        }

        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static void Configure(KestrelServerOptions kestrel, IReadOnlyList<IPAddress> addresses, int port)
    {
        // A test client may send for ever, or take its time: /echo and /bytes have no limits.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.AddServerHeader = false;
        foreach (IPAddress address in addresses)
        {
            kestrel.Listen(address, port, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        }
    }

    /// <summary>Leaves signals to the command.</summary>
    private sealed class CommandLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
