// A web page served by ASP.NET Core over a TCP/IP stack in C#. The kernel sees frames on a TAP and no socket.
//
//     WebPage [TAP [ADDRESS/PREFIX]]    serves on a TAP until Ctrl-C
//     WebPage --cable                   serves itself over a cable in memory, prints the page and ends; needs no rights
using System.Globalization;
using System.Net;
using NetStack.AspNetCore;
using NetStack.Drivers.Tap;
using NetStack.Ethernet;
using NetStack.Sockets;

const string DefaultTap = "tap0";
const string DefaultAddress = "10.9.0.2/24";
const string ClientAddress = "10.9.0.1/24";

return args is ["--cable"] ? await ServeCableAsync() : await ServeTapAsync(args);

static async Task<int> ServeTapAsync(string[] args)
{
    try
    {
        TapDevice tap = TapDevice.Open(args.ElementAtOrDefault(0) ?? DefaultTap);
        await using NetworkStack stack = NetworkStack.Start(
            new NetworkStackOptions().AddDevice(tap, args.ElementAtOrDefault(1) ?? DefaultAddress));
        await using WebApplication app = Build(stack);
        await app.StartAsync();
        Console.WriteLine($"ready {tap.Name} {stack.Addresses[0]}");
        await app.WaitForShutdownAsync();
        return 0;
    }
    catch (TapException failure)
    {
        await Console.Error.WriteLineAsync(failure.Message);
        return 3;
    }
}

static async Task<int> ServeCableAsync()
{
    using DevicePair cable = new();
    await using NetworkStack serverStack = NetworkStack.Start(new NetworkStackOptions().AddDevice(cable.Right, DefaultAddress));
    await using NetworkStack clientStack = NetworkStack.Start(new NetworkStackOptions().AddDevice(cable.Left, ClientAddress));
    await using WebApplication app = Build(serverStack);
    await app.StartAsync();

    // The platform's own HTTP client, whose connections are ours.
    using SocketsHttpHandler handler = new()
    {
        UseProxy = false,
        ConnectCallback = async (connecting, cancellationToken) =>
        {
            IPEndPoint server = new(IPAddress.Parse(connecting.DnsEndPoint.Host), connecting.DnsEndPoint.Port);
            NetworkConnection connection = await clientStack.ConnectAsync(server, cancellationToken: cancellationToken);
            return connection.AsStream();
        },
    };
    using HttpClient client = new(handler);
    Console.Write(await client.GetStringAsync(new Uri($"http://{serverStack.Addresses[0]}/")));
    await app.StopAsync();
    return 0;
}

static WebApplication Build(NetworkStack stack)
{
    WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.WebHost.UseNetStack(stack).UseUrls($"http://{stack.Addresses[0]}");
    WebApplication app = builder.Build();
    app.MapGet("/", (HttpContext context) => Results.Content(Page(context.Connection), "text/html; charset=utf-8"));
    return app;
}

static string Page(ConnectionInfo connection) => string.Create(CultureInfo.InvariantCulture, $"""
    <!doctype html>
    <title>NetStack</title>
    <h1>Hello from a TCP/IP stack in C#</h1>
    <p>ASP.NET Core on .NET {Environment.Version} answers {connection.RemoteIpAddress} port {connection.RemotePort}
    as {connection.LocalIpAddress} port {connection.LocalPort}, without a socket of the kernel's.</p>

    """);
