using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NetStack.Sockets;

namespace NetStack.AspNetCore.Tests;

public class UseNetStackTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_page_is_served_on_the_stack_to_the_platforms_http_client()
    {
        await using ServedStack served = await ServedStack.StartAsync(application => application.MapGet("/", () => "over the stack"));
        using HttpClient client = served.CreateClient();

        Assert.Equal("over the stack", await client.GetStringAsync(new Uri("http://10.0.0.2/")).WaitAsync(Patience));
    }

    [Fact]
    public async Task The_application_sees_both_ends_of_the_connection()
    {
        await using ServedStack served = await ServedStack.StartAsync(application => application.MapGet(
            "/", (HttpContext context) => $"{context.Connection.LocalIpAddress}:{context.Connection.LocalPort} {context.Connection.RemoteIpAddress}"));
        using HttpClient client = served.CreateClient();

        Assert.Equal("10.0.0.2:80 10.0.0.1", await client.GetStringAsync(new Uri("http://10.0.0.2/")).WaitAsync(Patience));
    }

    [Fact]
    public async Task Addresses_that_the_stack_does_not_own_stay_with_the_platform()
    {
        await using ServedStack served = await ServedStack.StartAsync(
            application => application.MapGet("/", () => "here"), "http://10.0.0.2:80", "http://127.0.0.1:0");
        string platform = served.Application.Urls.Single(url => url.Contains("127.0.0.1", StringComparison.Ordinal));
        using HttpClient overKernel = new();
        using HttpClient overStack = served.CreateClient();

        Assert.Equal("here", await overKernel.GetStringAsync(new Uri(platform)).WaitAsync(Patience));
        Assert.Equal("here", await overStack.GetStringAsync(new Uri("http://10.0.0.2/")).WaitAsync(Patience));
    }

    [Fact]
    public async Task Any_address_means_the_stack()
    {
        await using ServedStack served = await ServedStack.StartAsync(application => application.MapGet("/", () => "any"), "http://*:8080");
        using HttpClient client = served.CreateClient();

        Assert.Equal("any", await client.GetStringAsync(new Uri("http://10.0.0.2:8080/")).WaitAsync(Patience));
    }

    [Fact]
    public async Task An_address_in_use_is_told_as_kestrel_tells_it()
    {
        await using ServedStack served = await ServedStack.StartAsync(application => application.MapGet("/", () => ""));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://10.0.0.2:80").UseNetStack(served.Server);
        await using WebApplication second = builder.Build();

        IOException failure = await Assert.ThrowsAsync<IOException>(() => second.StartAsync());
        Assert.IsType<AddressInUseException>(failure.InnerException);
    }

    [Fact]
    public async Task Large_bodies_go_both_ways_unharmed()
    {
        await using ServedStack served = await ServedStack.StartAsync(application => application.MapPost(
            "/", async (HttpContext context) =>
            {
                // The platform's client reads no answer before it has sent all: the body is held meanwhile.
                using MemoryStream body = new();
                await context.Request.Body.CopyToAsync(body);
                await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length));
            }));
        using HttpClient client = served.CreateClient();
        byte[] data = new byte[20_000_000];
        new Random(7).NextBytes(data);

        using HttpResponseMessage response = await client.PostAsync(new Uri("http://10.0.0.2/"), new ByteArrayContent(data)).WaitAsync(Patience);

        Assert.Equal(SHA256.HashData(data), SHA256.HashData(await response.Content.ReadAsByteArrayAsync()));
    }

    [Fact]
    public async Task A_reset_reaches_the_application_as_a_connection_reset()
    {
        TaskCompletionSource<Exception> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ServedStack served = await ServedStack.StartAsync(application => application.MapPost("/", async (HttpContext context) =>
        {
            context.RequestAborted.Register(() => aborted.TrySetResult());
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
            }
            catch (Exception exception)
            {
                seen.TrySetResult(exception);
                throw;
            }
        }));
        NetworkConnection connection = await served.Client.ConnectAsync(ServedStack.EndPoint);
        await connection.Output.WriteAsync(Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nsome"));
        await Task.Delay(100);

        connection.Abort();

        Assert.IsType<ConnectionResetException>(await seen.Task.WaitAsync(Patience));
        await aborted.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Many_connections_at_once_are_served()
    {
        await using ServedStack served = await ServedStack.StartAsync(application => application.MapGet("/{number}", (int number) => number));
        Task[] requests = [.. Enumerable.Range(0, 200).Select(async number =>
        {
            using HttpClient client = served.CreateClient();
            Assert.Equal($"{number}", await client.GetStringAsync(new Uri($"http://10.0.0.2/{number}")));
        })];

        await Task.WhenAll(requests).WaitAsync(Patience);
    }
}
