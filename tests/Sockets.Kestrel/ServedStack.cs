using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using NetStack.Sockets;
using NetStack.Testing;

namespace NetStack.AspNetCore.Tests;

/// <summary>A web application on one stack, and a client's stack at the other end of a cable.</summary>
internal sealed class ServedStack : IAsyncDisposable
{
    private readonly QueuedCable _cable = new(TestQueues.Count, TestQueues.Count);

    private ServedStack()
    {
        Server = NetworkStack.Start(new NetworkStackOptions().AddDevice(_cable.Right, "10.0.0.2/24"));
        Client = NetworkStack.Start(new NetworkStackOptions().AddDevice(_cable.Left, "10.0.0.1/24"));
    }

    public NetworkStack Server { get; }

    public NetworkStack Client { get; }

    public WebApplication Application { get; private set; } = null!;

    public static IPEndPoint EndPoint { get; } = new(IPAddress.Parse("10.0.0.2"), 80);

    public static async Task<ServedStack> StartAsync(Action<WebApplication> map, params string[] urls)
    {
        ServedStack served = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(urls.Length == 0 ? ["http://10.0.0.2:80"] : urls);
        builder.WebHost.UseNetStack(served.Server);
        served.Application = builder.Build();
        map(served.Application);
        await served.Application.StartAsync();
        return served;
    }

    /// <summary>The platform's HTTP client with connections of the client's stack.</summary>
    public HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (context, cancellation) => (await Client.ConnectAsync(
            new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port), cancellationToken: cancellation)).AsStream(),
    });

    public async ValueTask DisposeAsync()
    {
        await Application.DisposeAsync();
        await Task.WhenAll(Client.DisposeAsync().AsTask(), Server.DisposeAsync().AsTask());
        _cable.Dispose();
    }
}
