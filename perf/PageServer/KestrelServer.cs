using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace NetStack.PageServer;

/// <summary>Kestrel on kernel sockets. Whatever is not the transport is as <c>netstack serve --http</c> has it.</summary>
internal static class KestrelServer
{
    public static async Task RunAsync(int port, CancellationToken stop)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Any, port, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });
        WebApplication application = builder.Build();
        await using (application.ConfigureAwait(false))
        {
            application.Run(ServeAsync);
            await application.StartAsync(stop).ConfigureAwait(false);
            Console.WriteLine("ready");
            try
            {
                await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Asked to stop.
            }

            await application.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static Task ServeAsync(HttpContext exchange)
    {
        HttpResponse response = exchange.Response;
        if (!HttpMethods.IsGet(exchange.Request.Method) || exchange.Request.Path.Value != "/plaintext")
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        ReadOnlySpan<byte> body = "Hello, World!"u8;
        response.ContentType = "text/plain";
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
        return response.BodyWriter.FlushAsync(exchange.RequestAborted).AsTask();
    }
}
