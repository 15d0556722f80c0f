using System.Net;

namespace SocketScenarios;

/// <summary>How connections end, and what each side is told.</summary>
public static class ClosingScenarios
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly LingerOption Reset = new(true, 0);

    public static async Task HalfClose(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        byte[] buffer = new byte[100];
        await client.SendAsync(new byte[10]);
        client.Shutdown(SocketShutdown.Send);
        transcript.Note("connected after shutdown", client.Connected);
        transcript.Note("remote after shutdown", client.RemoteEndPoint);
        transcript.Note("server receives", await server.ReceiveAsync(buffer));
        transcript.Note("then", await server.ReceiveAsync(buffer));
        transcript.Note("and again", await server.ReceiveAsync(buffer));
        transcript.Note("server is connected", server.Connected);
        transcript.Note("server still sends", await server.SendAsync(new byte[20]));
        transcript.Note("client receives", await client.ReceiveAsync(buffer));
        await transcript.TryAsync("client sends", () => client.SendAsync(new byte[1]));
        transcript.Try("client sends, blocking", () => client.Send(new byte[1]));
        transcript.Try("a stream over it", () => new NetworkStream(client));
        transcript.Try("shutdown again", () => client.Shutdown(SocketShutdown.Send));
        server.Close();
        transcript.Note("client at the end", await client.ReceiveAsync(buffer));
        transcript.Try("shutdown at the end", () => client.Shutdown(SocketShutdown.Both));
        client.Close();
    }

    public static async Task PeerResets(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        server.LingerState = Reset;
        server.Close();
        transcript.Note("readable", client.Poll(Patience, SelectMode.SelectRead));
        transcript.Note("in error", client.Poll(0, SelectMode.SelectError));
        transcript.Note("available", client.Available);
        transcript.Try("receive", () => client.Receive(new byte[10]));
        transcript.Note("connected", client.Connected);
        transcript.Try("receive again", () => client.Receive(new byte[10]));
        transcript.Try("send", () => client.Send(new byte[10]));
        transcript.Try("send again", () => client.Send(new byte[10]));
        client.Dispose();
    }

    public static async Task PeerResetsAWaitingReceiver(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        Task<int> receive = client.ReceiveAsync(new byte[10]);
        server.LingerState = Reset;
        server.Close();
        await transcript.TryAsync("receive", () => receive);
        await transcript.TryAsync("receive again", () => client.ReceiveAsync(new byte[10]));
        client.Dispose();
    }

    public static async Task SenderLearnsOfReset(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        server.LingerState = Reset;
        server.Close();
        transcript.Note("in error", client.Poll(Patience, SelectMode.SelectRead));
        await transcript.TryAsync("send", () => client.SendAsync(new byte[10]));
        await transcript.TryAsync("send again", () => client.SendAsync(new byte[10]));
        await transcript.TryAsync("receive", () => client.ReceiveAsync(new byte[10]));
        client.Dispose();
    }

    public static async Task DataBeforeReset(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        await server.SendAsync(new byte[100]);
        transcript.Note("readable", client.Poll(Patience, SelectMode.SelectRead));
        server.LingerState = Reset;
        server.Close();
        await UntilAsync(() => client.Poll(0, SelectMode.SelectError));
        transcript.Note("available", client.Available);
        await transcript.TryAsync("receive", () => client.ReceiveAsync(new byte[1000]));
        await transcript.TryAsync("receive again", () => client.ReceiveAsync(new byte[1000]));
        await transcript.TryAsync("and again", () => client.ReceiveAsync(new byte[1000]));
        client.Dispose();
    }

    public static async Task SendAfterPeerHasClosed(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        server.Close();
        transcript.Note("end", await client.ReceiveAsync(new byte[10]));
        transcript.Note("connected", client.Connected);
        transcript.Note("first send", await client.SendAsync(new byte[10]));
        await transcript.TryAsync("sends until", async () =>
        {
            DateTime end = DateTime.UtcNow + Patience;
            while (DateTime.UtcNow < end)
            {
                await client.SendAsync(new byte[10]);
                await Task.Delay(5);
            }
        });
        await transcript.TryAsync("and again", () => client.SendAsync(new byte[10]));
        await transcript.TryAsync("receive", () => client.ReceiveAsync(new byte[10]));
        client.Dispose();
    }

    public static async Task CloseWithUnreadData(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        await client.SendAsync(new byte[100]);
        transcript.Note("arrived", server.Poll(Patience, SelectMode.SelectRead));
        server.Close();
        await transcript.TryAsync("receive", () => client.ReceiveAsync(new byte[10]));
        await transcript.TryAsync("receive again", () => client.ReceiveAsync(new byte[10]));
        client.Dispose();
    }

    public static async Task CloseDuringAsyncReceive(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        Task<int> first = client.ReceiveAsync(new byte[10]);
        Task<int> second = client.ReceiveAsync(new byte[10]);
        await Task.Delay(50);
        client.Dispose();
        await transcript.TryAsync("first", () => first);
        await transcript.TryAsync("second", () => second);
        server.Dispose();
    }

    public static async Task CloseDuringBlockingReceive(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        Task<int> receive = Task.Factory.StartNew(() => client.Receive(new byte[10]), TaskCreationOptions.LongRunning);
        await Task.Delay(100);
        client.Dispose();
        await transcript.TryAsync("receive", () => receive);
        server.Dispose();
    }

    public static async Task CloseDuringAccept(ScenarioNetwork network, Transcript transcript)
    {
        Socket listening = network.Listening();
        Task<Socket> accept = listening.AcceptAsync();
        await Task.Delay(50);
        listening.Dispose();
        await transcript.TryAsync("accept", () => accept);
        await transcript.TryAsync("accept again", () => listening.AcceptAsync());

        Socket blocking = network.Listening();
        Task<Socket> blocked = Task.Factory.StartNew(blocking.Accept, TaskCreationOptions.LongRunning);
        await Task.Delay(100);
        blocking.Dispose();
        await transcript.TryAsync("blocking accept", () => blocked);
    }

    public static async Task ShutdownOfReceiving(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        Task<int> receive = client.ReceiveAsync(new byte[10]);
        await Task.Delay(50);
        client.Shutdown(SocketShutdown.Receive);
        await transcript.TryAsync("a waiting receive", () => receive);
        await transcript.TryAsync("the next", () => client.ReceiveAsync(new byte[10]));
        await transcript.TryAsync("sending", () => client.SendAsync(new byte[5]));
        await transcript.TryAsync("the peer receives", () => server.ReceiveAsync(new byte[10]));
        client.Dispose();
        server.Dispose();
    }

    public static async Task UseOfAClosedSocket(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        client.Dispose();
        client.Dispose();
        byte[] buffer = new byte[10];
        EndPoint any = new IPEndPoint(IPAddress.Any, 0);
        transcript.Note("connected", client.Connected);
        transcript.Try("receive", () => client.Receive(buffer));
        transcript.Try("send", () => client.Send(buffer));
        transcript.Try("receive from", () => client.ReceiveFrom(buffer, ref any));
        transcript.Try("send to", () => client.SendTo(buffer, any));
        transcript.Try("available", () => client.Available);
        transcript.Try("local", () => client.LocalEndPoint);
        transcript.Try("remote", () => client.RemoteEndPoint);
        transcript.Try("no delay", () => client.NoDelay);
        transcript.Try("linger", () => client.LingerState);
        transcript.Try("shutdown", () => client.Shutdown(SocketShutdown.Both));
        transcript.Try("bind", () => client.Bind(any));
        transcript.Try("listen", () => client.Listen());
        transcript.Try("connect", () => client.Connect(any));
        transcript.Try("poll", () => client.Poll(0, SelectMode.SelectRead));
        await transcript.TryAsync("receive async", () => client.ReceiveAsync(buffer));
        await transcript.TryAsync("send async", () => client.SendAsync(buffer));
        await transcript.TryAsync("accept async", () => client.AcceptAsync());
        await transcript.TryAsync("connect async", () => client.ConnectAsync(any));
        server.Dispose();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (!condition() && DateTime.UtcNow < end)
        {
            await Task.Delay(5);
        }
    }
}
