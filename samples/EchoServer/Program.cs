// Two echo servers written for System.Net.Sockets, over a TCP/IP stack in C#. Port 7 is served with TcpListener, port 8 with
// Socket; see the first lines of ListenerEcho.cs and SocketEcho.cs for what had to be changed in them.
//
//     EchoServer [TAP [ADDRESS/PREFIX]]    serves on a TAP until Ctrl-C
//     EchoServer --cable                   talks to itself over a cable in memory and ends; needs no rights
using System.Net;
using System.Text;
using NetStack.Drivers.Tap;
using NetStack.Ethernet;
using NetStack.Samples.EchoServer;
using NetStack.Sockets;

const string DefaultTap = "tap0";
const string DefaultAddress = "10.9.0.2/24";
const string ClientAddress = "10.9.0.1/24";
const int ListenerPort = 7;
const int SocketPort = 8;

using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
return args is ["--cable"] ? await ServeCableAsync(stop) : await ServeTapAsync(args, stop.Token);

static async Task<int> ServeTapAsync(string[] args, CancellationToken stop)
{
    try
    {
        TapDevice tap = TapDevice.Open(args.ElementAtOrDefault(0) ?? DefaultTap);
        NetworkStackOptions options = new NetworkStackOptions().AddDevice(tap, args.ElementAtOrDefault(1) ?? DefaultAddress);

        // From here on the sockets of this program are those of the stack.
        await using NetworkStack stack = NetworkStack.Start(options).UseAsDefault();
        Console.WriteLine($"ready {tap.Name} {stack.Addresses[0]}");
        await ServeAsync(stop);
        return 0;
    }
    catch (TapException failure)
    {
        await Console.Error.WriteLineAsync(failure.Message);
        return 3;
    }
}

static async Task<int> ServeCableAsync(CancellationTokenSource stop)
{
    using DevicePair cable = new();
    await using NetworkStack server = NetworkStack.Start(new NetworkStackOptions().AddDevice(cable.Right, DefaultAddress));
    await using NetworkStack client = NetworkStack.Start(new NetworkStackOptions().AddDevice(cable.Left, ClientAddress));
    Task serving;
    using (server.Enter())
    {
        serving = ServeAsync(stop.Token);
    }

    using (client.Enter())
    {
        foreach (int port in new[] { ListenerPort, SocketPort })
        {
            Console.WriteLine($"port {port}: {await AskAsync(server.Addresses[0], port, "Hello")}");
        }
    }

    await stop.CancelAsync();
    await serving;
    return 0;
}

static async Task ServeAsync(CancellationToken stop)
{
    try
    {
        await Task.WhenAll(ListenerEcho.RunAsync(ListenerPort, stop), SocketEcho.RunAsync(SocketPort, stop));
    }
    catch (OperationCanceledException)
    {
        // Ctrl-C.
    }
}

static async Task<string> AskAsync(IPAddress server, int port, string text)
{
    using TcpClient client = new();
    await client.ConnectAsync(server, port);
    NetworkStream stream = client.GetStream();
    await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
    client.Client.Shutdown(SocketShutdown.Send);
    using StreamReader reader = new(stream);
    return await reader.ReadToEndAsync();
}
