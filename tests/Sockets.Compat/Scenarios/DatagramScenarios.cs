using System.Net;

namespace SocketScenarios;

/// <summary>UDP.</summary>
public static class DatagramScenarios
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task Echo(ScenarioNetwork network, Transcript transcript)
    {
        UdpClient server;
        UdpClient client;
        using (network.EnterServer())
        {
            server = new UdpClient(new IPEndPoint(network.ServerAddress, 0));
        }

        using (network.EnterClient())
        {
            client = new UdpClient(0);
        }

        IPEndPoint serverEnd = (IPEndPoint)server.Client.LocalEndPoint!;
        transcript.Note("local", ((IPEndPoint)client.Client.LocalEndPoint!).Address);
        foreach (int length in new[] { 0, 1, 1000 })
        {
            byte[] payload = EchoScenarios.Pattern(length, seed: length);
            transcript.Note("sent", await client.SendAsync(payload, serverEnd));
            UdpReceiveResult asked = await server.ReceiveAsync().WaitAsync(Patience);
            await server.SendAsync(asked.Buffer, asked.RemoteEndPoint);
            UdpReceiveResult answer = await client.ReceiveAsync().WaitAsync(Patience);
            transcript.Note("echo", answer.Buffer.AsSpan().SequenceEqual(payload));
            transcript.Note("from the server", answer.RemoteEndPoint.Equals(serverEnd));
        }

        IPEndPoint? from = null;
        client.Send([1, 2, 3], 3, serverEnd);
        transcript.Note("blocking receive", server.Receive(ref from).Length);
        transcript.Try("connect", () => client.Connect(serverEnd));
        transcript.Note("connected", client.Client.Connected);
        transcript.Try("send to another", () => client.Send([1], 1, new IPEndPoint(network.ServerAddress, 9)));
        transcript.Note("send", client.Send([1, 2], 2));
        transcript.Try("too many bytes", () => client.Send([1], 2));
        transcript.Note("received", (await server.ReceiveAsync().WaitAsync(Patience)).Buffer.Length);
        Task<UdpReceiveResult> waiting = client.ReceiveAsync();
        await Task.Delay(50);
        client.Close();
        await transcript.TryAsync("receive when it closes", () => waiting);
        transcript.Try("send after", () => client.Send([1], 1));
        await transcript.TryAsync("receive after", () => client.ReceiveAsync());
        transcript.Note("client after", client.Client is null);
        server.Dispose();
    }

    public static async Task LengthsAndTruncation(ScenarioNetwork network, Transcript transcript)
    {
        using Socket server = network.BoundDatagrams();
        using Socket client = network.ClientSocket(SocketType.Dgram);
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        await client.SendToAsync(new byte[50], server.LocalEndPoint!);
        transcript.Note("first 10", server.ReceiveFrom(new byte[10], ref from));
        transcript.Note("from the client's port", ((IPEndPoint)from).Port == ((IPEndPoint)client.LocalEndPoint!).Port);
        await client.SendToAsync(new byte[50], server.LocalEndPoint!);
        SocketReceiveFromResult result = await server.ReceiveFromAsync(new byte[20], from);
        transcript.Note("first 20", result.ReceivedBytes);
        await client.SendToAsync(new byte[50], server.LocalEndPoint!);
        await client.SendToAsync(new byte[20], server.LocalEndPoint!);
        transcript.Note("readable", server.Poll(Patience, SelectMode.SelectRead));
        transcript.Note("available", server.Available);
        transcript.Note("peek", server.Receive(new byte[100], SocketFlags.Peek));
        transcript.Note("receive", server.Receive(new byte[100]));
        transcript.Note("receive", await server.ReceiveAsync(new byte[100]));
        transcript.Note("empty send", client.SendTo([], server.LocalEndPoint!));
        transcript.Note("empty receive", await server.ReceiveAsync(new byte[10]));
        transcript.Try("too long", () => client.SendTo(new byte[65_508], server.LocalEndPoint!));
        transcript.Note("in fragments", client.SendTo(new byte[20_000], server.LocalEndPoint!));
        transcript.Note("arrives", server.Receive(new byte[65_535]));
        transcript.Try("port 0", () => client.SendTo(new byte[1], new IPEndPoint(network.ServerAddress, 0)));
        transcript.Try("broadcast", () => client.SendTo(new byte[1], new IPEndPoint(IPAddress.Broadcast, 9)));
        transcript.Try("other family", () => client.SendTo(new byte[1], new IPEndPoint(IPAddress.IPv6Loopback, 9)));
    }

    public static async Task PortUnreachable(ScenarioNetwork network, Transcript transcript)
    {
        Socket server = network.BoundDatagrams();
        EndPoint closed = server.LocalEndPoint!;
        server.Close();
        using Socket client = network.ClientSocket(SocketType.Dgram);
        await client.ConnectAsync(closed);
        transcript.Note("connected", client.Connected);
        transcript.Note("remote", client.RemoteEndPoint!.Equals(closed));
        transcript.Note("send", await client.SendAsync(new byte[5]));
        await transcript.TryAsync("receive", () => client.ReceiveAsync(new byte[10]));
        using Socket waiting = network.ClientSocket(SocketType.Dgram);
        await waiting.ConnectAsync(closed);
        Task<int> receive = waiting.ReceiveAsync(new byte[10]);
        await waiting.SendAsync(new byte[5]);
        await transcript.TryAsync("a waiting receive", () => receive);
    }

    public static async Task OnlyThePeerIsHeard(ScenarioNetwork network, Transcript transcript)
    {
        using Socket peer = network.BoundDatagrams();
        using Socket stranger = network.BoundDatagrams();
        using Socket client = network.ClientSocket(SocketType.Dgram);
        await client.ConnectAsync(peer.LocalEndPoint!);
        await client.SendAsync(new byte[1]);
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        peer.ReceiveFrom(new byte[10], ref from);
        transcript.Note("the peer sees our address", from.Equals(client.LocalEndPoint));
        stranger.SendTo(new byte[7], from);
        await Task.Delay(100);
        peer.SendTo(new byte[3], from);
        transcript.Note("received", await client.ReceiveAsync(new byte[10]));
        transcript.Note("available", client.Available);
    }

    public static async Task UseBeforeBinding(ScenarioNetwork network, Transcript transcript)
    {
        using Socket socket = network.ClientSocket(SocketType.Dgram);
        EndPoint any = new IPEndPoint(IPAddress.Any, 0);
        EndPoint anyV6 = new IPEndPoint(IPAddress.IPv6Any, 0);
        transcript.Note("local", socket.LocalEndPoint);
        transcript.Try("receive from", () => socket.ReceiveFrom(new byte[1], ref any));
        await transcript.TryAsync("receive from async", () => socket.ReceiveFromAsync(new byte[1], any));
        transcript.Try("send to nobody", () => socket.SendTo(new byte[1], null!));
        transcript.Try("listen", () => socket.Listen());
        transcript.Try("accept", () => socket.Accept());
        using (Socket other = network.ClientSocket(SocketType.Dgram))
        {
            // The kernel binds the one, and shuts the other down, although it reports an error.
            transcript.Try("send", () => other.Send(new byte[1]));
            transcript.Try("shutdown", () => other.Shutdown(SocketShutdown.Both));
        }

        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        transcript.Try("wrong family", () => socket.ReceiveFrom(new byte[1], ref anyV6));
        socket.ReceiveTimeout = 50;
        transcript.Try("time-out", () => socket.ReceiveFrom(new byte[1], ref any));
        socket.Blocking = false;
        transcript.Try("non-blocking", () => socket.ReceiveFrom(new byte[1], ref any));
        transcript.Note("readable", socket.Poll(0, SelectMode.SelectRead));
        transcript.Note("writable", socket.Poll(0, SelectMode.SelectWrite));
        using CancellationTokenSource soon = new(50);
        await transcript.TryAsync("cancelled", () => socket.ReceiveFromAsync(new byte[1], any, soon.Token).AsTask());
        transcript.Try("a stream", () => new NetworkStream(socket));
    }

    public static async Task AddressInUse(ScenarioNetwork network, Transcript transcript)
    {
        using Socket first = network.BoundDatagrams();
        using Socket second = network.ServerSocket(SocketType.Dgram);
        transcript.Try("bind", () => second.Bind(first.LocalEndPoint!));
        transcript.Try("bind twice", () => first.Bind(new IPEndPoint(network.ServerAddress, 0)));
        transcript.Try("foreign", () => second.Bind(new IPEndPoint(IPAddress.Parse("8.8.8.8"), 0)));
        first.Close();
        transcript.Try("bind when it is free", () => second.Bind(new IPEndPoint(network.ServerAddress, 0)));
        Task<int> receive = second.ReceiveAsync(new byte[10]);
        EndPoint any = new IPEndPoint(IPAddress.Any, 0);
        Task<SocketReceiveFromResult> receiveFrom = second.ReceiveFromAsync(new byte[10], any);
        await Task.Delay(50);
        second.Dispose();
        await transcript.TryAsync("receive when it closes", () => receive);
        await transcript.TryAsync("receive from when it closes", () => receiveFrom);
    }

    public static async Task ManyDatagrams(ScenarioNetwork network, Transcript transcript)
    {
        const int Datagrams = 2000;
        using Socket server = network.BoundDatagrams();
        using Socket client = network.ClientSocket(SocketType.Dgram);
        await client.ConnectAsync(server.LocalEndPoint!);
        Task serving = Task.Run(async () =>
        {
            byte[] buffer = new byte[2000];
            EndPoint any = new IPEndPoint(IPAddress.Any, 0);
            for (int i = 0; i < Datagrams; i++)
            {
                SocketReceiveFromResult asked = await server.ReceiveFromAsync(buffer, any);
                await server.SendToAsync(buffer.AsMemory(0, asked.ReceivedBytes), asked.RemoteEndPoint);
            }
        });
        int echoed = 0;
        byte[] answer = new byte[2000];
        for (int i = 0; i < Datagrams; i++)
        {
            byte[] payload = EchoScenarios.Pattern(i % 1200, seed: i);
            await client.SendAsync(payload);
            int length = await client.ReceiveAsync(answer);
            echoed += answer.AsSpan(0, length).SequenceEqual(payload) ? 1 : 0;
        }

        transcript.Note("echoes", echoed);
        await transcript.TryAsync("the server ends", () => serving);
    }
}
