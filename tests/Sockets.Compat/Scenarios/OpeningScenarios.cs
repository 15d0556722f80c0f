using System.Net;

namespace SocketScenarios;

/// <summary>Binding, listening, connecting and accepting.</summary>
public static class OpeningScenarios
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task RefusedConnect(ScenarioNetwork network, Transcript transcript)
    {
        Socket listening = network.Listening();
        IPEndPoint closed = (IPEndPoint)listening.LocalEndPoint!;
        listening.Close();
        Socket client = network.ClientSocket();
        transcript.Try("connect", () => client.Connect(closed));
        transcript.Note("connected", client.Connected);
        await transcript.TryAsync("connect async", () => client.ConnectAsync(closed));
        await transcript.TryAsync("a new client", () => network.Client().ConnectAsync(closed.Address, closed.Port));
        transcript.Try("by text", () => network.Client().Connect(closed.Address.ToString(), closed.Port));
        client.Dispose();
    }

    public static async Task CancelledConnect(ScenarioNetwork network, Transcript transcript)
    {
        IPEndPoint unanswered = await network.UnansweredAsync();
        using Socket client = network.ClientSocket();
        using CancellationTokenSource soon = new(100);
        await transcript.TryAsync("connect", () => client.ConnectAsync(unanswered, soon.Token).AsTask());
        transcript.Note("connected", client.Connected);
        using Socket other = network.ClientSocket();
        await transcript.TryAsync("cancelled before", () => other.ConnectAsync(unanswered, soon.Token).AsTask());
    }

    public static async Task CancelledAccept(ScenarioNetwork network, Transcript transcript)
    {
        using Socket listening = network.Listening();
        using CancellationTokenSource soon = new(50);
        await transcript.TryAsync("accept", () => listening.AcceptAsync(soon.Token).AsTask());
        await transcript.TryAsync("cancelled before", () => listening.AcceptAsync(soon.Token).AsTask());
        using Socket client = network.ClientSocket();
        await client.ConnectAsync(listening.LocalEndPoint!);
        using Socket accepted = await listening.AcceptAsync();
        transcript.Note("the next one is accepted", accepted.RemoteEndPoint!.Equals(client.LocalEndPoint));
        transcript.Note("and knows where", accepted.LocalEndPoint!.Equals(client.RemoteEndPoint));
        transcript.Note("connected", accepted.Connected);
        transcript.Note("blocking", accepted.Blocking);
    }

    public static Task Binding(ScenarioNetwork network, Transcript transcript)
    {
        using Socket first = network.ServerSocket();
        transcript.Note("local before", first.LocalEndPoint);
        transcript.Note("bound before", first.IsBound);
        first.Bind(new IPEndPoint(network.ServerAddress, 0));
        transcript.Note("bound", first.IsBound);
        IPEndPoint local = (IPEndPoint)first.LocalEndPoint!;
        transcript.Note("has the address", local.Address.Equals(network.ServerAddress));
        transcript.Note("has a port", local.Port != 0);
        transcript.Try("bind twice", () => first.Bind(local));
        using (Socket second = network.ServerSocket())
        {
            transcript.Try("bind of another while nobody listens", () => second.Bind(local));
        }

        first.Listen();
        transcript.Note("local when listening", local.Equals(first.LocalEndPoint));
        transcript.Try("listen twice", () => first.Listen(5));
        using Socket third = network.ServerSocket();
        transcript.Try("bind of another while somebody listens", () => third.Bind(local));
        using Socket foreign = network.ServerSocket();
        transcript.Try("foreign address", () => foreign.Bind(new IPEndPoint(IPAddress.Parse("8.8.8.8"), 0)));
        transcript.Try("other family", () => foreign.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0)));
        transcript.Try("connect to other family", () => foreign.Connect(new IPEndPoint(IPAddress.IPv6Loopback, 7)));
        transcript.Try("null", () => foreign.Bind(null!));
        transcript.Try("connect of a listener", () => first.Connect(local));
        return Task.CompletedTask;
    }

    public static async Task UseBeforeConnecting(ScenarioNetwork network, Transcript transcript)
    {
        using Socket socket = network.ServerSocket();
        byte[] buffer = new byte[10];
        transcript.Note("connected", socket.Connected);
        transcript.Note("remote", socket.RemoteEndPoint);
        transcript.Try("available", () => socket.Available);
        transcript.Try("receive", () => socket.Receive(buffer));
        transcript.Try("send", () => socket.Send(buffer));
        transcript.Try("shutdown", () => socket.Shutdown(SocketShutdown.Both));
        transcript.Try("accept", () => socket.Accept());
        await transcript.TryAsync("accept async", () => socket.AcceptAsync());
        transcript.Try("a stream", () => new NetworkStream(socket));
        socket.Bind(new IPEndPoint(network.ServerAddress, 0));
        transcript.Try("accept when bound", () => socket.Accept());
        await transcript.TryAsync("send async", () => socket.SendAsync(buffer));
    }

    public static async Task ConnectingTwice(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        EndPoint other = new IPEndPoint(network.ServerAddress, 9);
        transcript.Try("connect", () => client.Connect(other));
        await transcript.TryAsync("connect async", () => client.ConnectAsync(other));
        transcript.Try("bind", () => client.Bind(new IPEndPoint(network.ServerAddress, 0)));
        transcript.Try("accept", () => client.Accept());
        client.Dispose();
        server.Dispose();
    }

    public static async Task NonBlocking(ScenarioNetwork network, Transcript transcript)
    {
        using Socket listening = network.Listening();
        listening.Blocking = false;
        transcript.Try("accept", () => listening.Accept());
        transcript.Note("pending", listening.Poll(0, SelectMode.SelectRead));
        using Socket client = network.ClientSocket();
        client.Blocking = false;
        transcript.Try("connect", () => client.Connect(listening.LocalEndPoint!));
        transcript.Note("writable", client.Poll(Patience, SelectMode.SelectWrite));
        transcript.Note("acceptable", listening.Poll(Patience, SelectMode.SelectRead));
        using Socket server = listening.Accept();
        transcript.Try("receive", () => client.Receive(new byte[10]));
        transcript.Try("receive with code", () => Code(client));
        transcript.Note("send", client.Send(new byte[10]));
        transcript.Note("readable", server.Poll(Patience, SelectMode.SelectRead));
        transcript.Note("receive", server.Receive(new byte[100]));
        transcript.Note("no longer readable", server.Poll(1000, SelectMode.SelectRead));
        transcript.Try("sending more and more", () =>
        {
            byte[] piece = new byte[100_000];
            for (int i = 0; i < 10_000; i++)
            {
                client.Send(piece);
            }
        });
        await transcript.TryAsync("async receive waits all the same", async () =>
        {
            Task<int> receive = client.ReceiveAsync(new byte[10]);
            server.Send(new byte[3]);
            return await receive;
        });

        static object Code(Socket socket)
        {
            int received = socket.Receive(new byte[10], 0, 10, SocketFlags.None, out SocketError error);
            return $"{received} {error}";
        }
    }

    public static Task Constructing(ScenarioNetwork network, Transcript transcript)
    {
        using (network.EnterClient())
        {
            transcript.Try("udp over stream", () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Udp));
            transcript.Try("tcp over datagrams", () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Tcp));
            transcript.Try("AppleTalk", () => new Socket(AddressFamily.AppleTalk, SocketType.Stream, ProtocolType.Tcp));
            transcript.Try("protocol left open", () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Unspecified).SocketType);
            transcript.Try("client of another family", () => new TcpClient(AddressFamily.Unix));
            transcript.Try("client of no address", () => new TcpClient((IPEndPoint)null!));
            transcript.Try("client of no name", () => new TcpClient(null!, 5));
            transcript.Try("listener of no address", () => new TcpListener(null!));
            transcript.Try("listener of no port", () => new TcpListener(network.ServerAddress, 70_000));
            transcript.Try("udp of no port", () => new UdpClient(70_000));
            transcript.Try("udp of another family", () => new UdpClient(AddressFamily.Unknown));
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            transcript.Try("connect to nothing", () => socket.Connect((EndPoint)null!));
            transcript.Try("connect to no addresses", () => socket.Connect(Array.Empty<IPAddress>(), 5));
            transcript.Try("connect to no port", () => socket.Connect(network.ServerAddress, -1));
            transcript.Try("connect to no host", () => socket.Connect((string)null!, 5));
        }

        return Task.CompletedTask;
    }
}
