using System.Net;

namespace SocketScenarios;

/// <summary>NetworkStream, TcpListener and TcpClient.</summary>
public static class StreamScenarios
{
    public static async Task Properties(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        using NetworkStream stream = new(client, ownsSocket: true);
        transcript.Note("can", $"{stream.CanRead} {stream.CanWrite} {stream.CanSeek} {stream.CanTimeout} {stream.DataAvailable}");
        transcript.Note("time-outs", $"{stream.ReadTimeout} {stream.WriteTimeout}");
        stream.ReadTimeout = 100;
        transcript.Note("the socket's", client.ReceiveTimeout);
        byte[] buffer = new byte[10];
        transcript.Try("read", () => stream.Read(buffer));
        transcript.Try("time-out of 0", () => stream.ReadTimeout = 0);
        transcript.Try("length", () => stream.Length);
        transcript.Try("set length", () => stream.SetLength(1));
        transcript.Try("position", () => stream.Position = 1);
        transcript.Try("seek", () => stream.Seek(0, SeekOrigin.Begin));
        transcript.Try("read null", () => stream.Read(null!, 0, 1));
        transcript.Try("read beyond", () => stream.Read(buffer, 9, 2));
        transcript.Try("flush", stream.Flush);
        using NetworkStream readOnly = new(client, FileAccess.Read);
        transcript.Note("read only can", $"{readOnly.CanRead} {readOnly.CanWrite}");
        transcript.Try("read only writes", () => readOnly.WriteByte(1));
        server.Send([42, 43]);
        transcript.Note("byte", stream.ReadByte());
        transcript.Note("async result", stream.EndRead(stream.BeginRead(buffer, 0, 10, null, null)));
        server.Shutdown(SocketShutdown.Send);
        transcript.Note("byte at the end", stream.ReadByte());
        server.Dispose();
    }

    public static async Task Closing(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        NetworkStream stream = new(client, ownsSocket: true);
        byte[] buffer = new byte[10];
        using CancellationTokenSource soon = new(50);
        await transcript.TryAsync("cancelled read", () => stream.ReadAsync(buffer, soon.Token).AsTask());
        await stream.WriteAsync(new byte[5]);
        stream.Dispose();
        stream.Dispose();
        transcript.Note("can", $"{stream.CanRead} {stream.CanWrite}");
        transcript.Try("read", () => stream.Read(buffer));
        transcript.Try("write", () => stream.Write(buffer));
        transcript.Try("available", () => stream.DataAvailable);
        await transcript.TryAsync("read async", () => stream.ReadAsync(buffer).AsTask());
        await transcript.TryAsync("write async", () => stream.WriteAsync(buffer).AsTask());
        transcript.Note("connected", client.Connected);
        transcript.Try("the socket", () => client.Receive(buffer));
        transcript.Note("the peer receives", await server.ReceiveAsync(buffer));
        transcript.Note("and the end", await server.ReceiveAsync(buffer));
        server.Dispose();
    }

    public static async Task Reset(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        using NetworkStream stream = new(client, ownsSocket: true);
        server.LingerState = new LingerOption(true, 0);
        server.Close();
        byte[] buffer = new byte[10];
        await transcript.TryAsync("read", () => stream.ReadAsync(buffer).AsTask());
        await transcript.TryAsync("read again", () => stream.ReadAsync(buffer).AsTask());
        await transcript.TryAsync("write", () => stream.WriteAsync(buffer).AsTask());
        transcript.Try("write, blocking", () => stream.Write(buffer));
    }

    public static async Task SocketClosedUnderAStream(ScenarioNetwork network, Transcript transcript)
    {
        (Socket client, Socket server) = await network.ConnectedAsync();
        using NetworkStream stream = new(client);
        Task<int> read = stream.ReadAsync(new byte[10]).AsTask();
        await Task.Delay(50);
        client.Dispose();
        await transcript.TryAsync("read", () => read);
        await transcript.TryAsync("read again", () => stream.ReadAsync(new byte[10]).AsTask());
        transcript.Try("write", () => stream.Write(new byte[10]));
        server.Dispose();
    }

    public static async Task LifeOfAListener(ScenarioNetwork network, Transcript transcript)
    {
        TcpListener listener = network.Listener();
        transcript.Try("pending before", () => listener.Pending());
        transcript.Try("accept before", () => listener.AcceptTcpClient());
        await transcript.TryAsync("accept async before", () => listener.AcceptSocketAsync());
        transcript.Note("port before", ((IPEndPoint)listener.LocalEndpoint).Port);
        listener.Start();
        listener.Start();
        transcript.Note("pending", listener.Pending());
        IPEndPoint local = (IPEndPoint)listener.LocalEndpoint;
        transcript.Note("port", local.Port != 0);
        transcript.Try("not exclusive", () => listener.ExclusiveAddressUse = false);
        using (network.EnterServer())
        {
            TcpListener second = new(local);
            transcript.Try("a second one", second.Start);
        }

        using TcpClient client = network.Client();
        await client.ConnectAsync(local);
        using TcpClient accepted = await listener.AcceptTcpClientAsync();
        transcript.Note("connected", accepted.Connected);
        Task<TcpClient> waiting = listener.AcceptTcpClientAsync();
        listener.Stop();
        await transcript.TryAsync("accept when it stops", () => waiting);
        transcript.Try("pending after", () => listener.Pending());
        transcript.Note("port after", ((IPEndPoint)listener.LocalEndpoint).Port);
        listener.Start(3);
        transcript.Note("starts again", ((IPEndPoint)listener.LocalEndpoint).Port != 0);
        listener.Dispose();
    }

    public static async Task LifeOfAClient(ScenarioNetwork network, Transcript transcript)
    {
        using Socket listening = network.Listening();
        IPEndPoint server = (IPEndPoint)listening.LocalEndPoint!;
        TcpClient client = network.Client();
        transcript.Try("stream before", client.GetStream);
        transcript.Note("connected before", client.Connected);
        transcript.Note("available before", client.Available);
        client.NoDelay = true;
        await client.ConnectAsync(server.Address.ToString(), server.Port);
        using Socket accepted = await listening.AcceptAsync();
        transcript.Note("connected", client.Connected);
        transcript.Note("no delay", client.NoDelay);
        transcript.Try("connect again", () => client.Connect(server));
        transcript.Note("one stream", ReferenceEquals(client.GetStream(), client.GetStream()));
        await accepted.SendAsync(new byte[5]);
        transcript.Note("readable", client.Client.Poll(20_000_000, SelectMode.SelectRead));
        transcript.Note("available", client.Available);
        client.Close();
        transcript.Note("client after", client.Client is null);
        transcript.Note("connected after", client.Connected);
        transcript.Note("available after", client.Available);
        transcript.Try("stream after", client.GetStream);
        transcript.Try("connect after", () => client.Connect(server));
    }
}
