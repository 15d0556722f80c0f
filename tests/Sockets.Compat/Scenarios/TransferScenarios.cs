using System.Net;

namespace SocketScenarios;

/// <summary>Sending and receiving over a connection.</summary>
public static class TransferScenarios
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task ConcurrentReceivesAreServedInOrder(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        Task<int> first = client.ReceiveAsync(new byte[100]);
        Task<int> second = client.ReceiveAsync(new byte[100]);
        await server.SendAsync(new byte[3]);
        await transcript.TryAsync("first", () => first);
        await server.SendAsync(new byte[4]);
        await transcript.TryAsync("second", () => second);
        client.Dispose();
        server.Dispose();
    }

    public static async Task EmptyBuffers(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        Task<int> wait = client.ReceiveAsync(Memory<byte>.Empty).AsTask();
        await Task.Delay(50);
        transcript.Note("an empty receive is over before there is anything", wait.IsCompleted);
        transcript.Note("empty send", await server.SendAsync(ReadOnlyMemory<byte>.Empty));
        await server.SendAsync(new byte[5]);
        await transcript.TryAsync("empty receive", () => wait);
        transcript.Note("empty receive at once", await client.ReceiveAsync(Memory<byte>.Empty));
        transcript.Note("nothing was taken", client.Available);
        server.Shutdown(SocketShutdown.Send);
        transcript.Note("the rest", await client.ReceiveAsync(new byte[10]));
        transcript.Note("empty receive at the end", await client.ReceiveAsync(Memory<byte>.Empty));
        client.Dispose();
        server.Dispose();
    }

    public static async Task PeekAndAvailable(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        transcript.Note("available at first", client.Available);
        await server.SendAsync(new byte[] { 1, 2, 3, 4, 5 });
        transcript.Note("readable", client.Poll(Patience, SelectMode.SelectRead));
        transcript.Note("available", client.Available);
        byte[] buffer = new byte[10];
        transcript.Note("peek", client.Receive(buffer, SocketFlags.Peek));
        transcript.Note("peek async", await client.ReceiveAsync(buffer.AsMemory(0, 2), SocketFlags.Peek));
        transcript.Note("receive two", client.Receive(buffer, 1, 2, SocketFlags.None));
        transcript.Note("in place", string.Join(' ', buffer.Take(5)));
        transcript.Note("available then", client.Available);
        transcript.Note("the rest", client.Receive(buffer));
        transcript.Note("available at last", client.Available);
        transcript.Try("unknown flags", () => client.Receive(buffer, (SocketFlags)0x8000));
        client.Dispose();
        server.Dispose();
    }

    public static async Task SeveralBuffers(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        byte[] source = EchoScenarios.Pattern(30, seed: 1);
        transcript.Note("sent", await client.SendAsync([new ArraySegment<byte>(source, 0, 10), new ArraySegment<byte>(source, 10, 5)]));
        transcript.Note("sent", client.Send([new ArraySegment<byte>(source, 15, 15)]));
        server.ReceiveTimeout = 20_000;
        byte[] one = new byte[10];
        byte[] two = new byte[30];
        int received = 0;
        while (received < 15)
        {
            received += await server.ReceiveAsync(one.AsMemory(), SocketFlags.Peek) is var peeked and > 0 && peeked == 10
                ? await server.ReceiveAsync([new ArraySegment<byte>(one), new ArraySegment<byte>(two, 0, 5)])
                : 0;
        }

        transcript.Note("in order", one.AsSpan().SequenceEqual(source.AsSpan(0, 10)) && two.AsSpan(0, 5).SequenceEqual(source.AsSpan(10, 5)));
        transcript.Note("the rest", server.Receive([new ArraySegment<byte>(two, 0, 10), new ArraySegment<byte>(two, 10, 20)]));
        transcript.Note("in order", two.AsSpan(0, 15).SequenceEqual(source.AsSpan(15)));
        client.Dispose();
        server.Dispose();
    }

    public static async Task TimeOuts(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        client.ReceiveTimeout = 100;
        transcript.Try("receive", () => client.Receive(new byte[10]));
        transcript.Note("still connected", client.Connected);
        transcript.Try("time-out", () => client.ReceiveTimeout);
        client.SendTimeout = 200;
        transcript.Try("send", () =>
        {
            byte[] piece = new byte[1_000_000];
            for (int i = 0; i < 1000; i++)
            {
                client.Send(piece);
            }
        });
        transcript.Note("still connected", client.Connected);
        transcript.Try("time-out of -1", () => client.ReceiveTimeout = -1);
        transcript.Note("is", client.ReceiveTimeout);
        transcript.Try("time-out of -2", () => client.ReceiveTimeout = -2);
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        server.Dispose();
    }

    public static async Task Cancellation(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        using CancellationTokenSource soon = new(50);
        await transcript.TryAsync("receive", () => client.ReceiveAsync(new byte[10], soon.Token).AsTask());
        await transcript.TryAsync("receive, cancelled before", () => client.ReceiveAsync(new byte[10], soon.Token).AsTask());
        await transcript.TryAsync("send, cancelled before", () => client.SendAsync(new byte[10], soon.Token).AsTask());
        transcript.Note("still connected", client.Connected);
        await server.SendAsync(new byte[7]);
        transcript.Note("nothing was lost", await client.ReceiveAsync(new byte[10]));
        using CancellationTokenSource later = new(300);
        await transcript.TryAsync("sending to one who does not read", async () =>
        {
            byte[] piece = new byte[1_000_000];
            for (int i = 0; i < 1000; i++)
            {
                await client.SendAsync(piece, later.Token);
            }
        });
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        server.Dispose();
    }

    public static async Task Arguments(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        byte[] buffer = new byte[10];
        transcript.Try("receive null", () => client.Receive((byte[])null!));
        transcript.Try("send null", () => client.Send((byte[])null!));
        transcript.Try("receive beyond", () => client.Receive(buffer, 5, 6, SocketFlags.None));
        transcript.Try("send beyond", () => client.Send(buffer, 11, 0, SocketFlags.None));
        transcript.Try("send negative", () => client.Send(buffer, -1, 1, SocketFlags.None));
        transcript.Try("send too much", () => client.Send(buffer, 11, SocketFlags.None));
        transcript.Try("send no list", () => client.Send((IList<ArraySegment<byte>>)null!));
        transcript.Try("no linger", () => client.LingerState = null!);
        transcript.Try("buffer size", () => client.SendBufferSize = -1);
        transcript.Try("hops", () => client.Ttl = 0);
        transcript.Try("send to null", () => client.SendTo(buffer, null!));
        client.Dispose();
        server.Dispose();
    }

    public static async Task Options(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        transcript.Note("no delay", client.NoDelay);
        client.NoDelay = true;
        transcript.Note("no delay then", client.NoDelay);
        transcript.Note("as option", client.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay) is not 0);
        client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay, false);
        transcript.Note("no delay at last", client.NoDelay);
        transcript.Note("linger", $"{client.LingerState!.Enabled} {client.LingerState.LingerTime}");
        client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Linger, new LingerOption(true, 3));
        transcript.Note("linger then", $"{client.LingerState.Enabled} {client.LingerState.LingerTime}");
        client.LingerState = new LingerOption(false, 0);
        transcript.Note("keep alive", client.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
        transcript.Note("type", client.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type));
        transcript.Note("error", client.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error));
        transcript.Note("accepts", client.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection));
        transcript.Note("hops", client.Ttl);
        transcript.Note("blocking", client.Blocking);
        transcript.Note("family", client.AddressFamily);
        transcript.Note("kind", client.SocketType);
        transcript.Note("protocol", client.ProtocolType);
        transcript.Try("an object that is none", () => client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Linger, "x"));
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        await server.SendAsync(new byte[10]);
        transcript.Note("receive from on a stream", client.ReceiveFrom(new byte[10], ref from));
        transcript.Note("leaves the end point", from);
        client.Dispose();
        server.Dispose();
    }
}
