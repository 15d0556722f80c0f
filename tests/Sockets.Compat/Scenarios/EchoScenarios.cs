using System.Net;
using System.Security.Cryptography;

namespace SocketScenarios;

/// <summary>Servers and clients as they are written.</summary>
public static class EchoScenarios
{
    public static async Task ListenerAndClient(ScenarioNetwork network, Transcript transcript)
    {
        TcpListener listener = network.Listener();
        listener.Start();
        Task serving = ServeAsync(listener);
        using (TcpClient client = network.Client())
        {
            await client.ConnectAsync(network.ServerAddress, ((IPEndPoint)listener.LocalEndpoint).Port);
            NetworkStream stream = client.GetStream();
            foreach (int length in new[] { 1, 1000, 100_000 })
            {
                byte[] sent = Pattern(length, seed: length);
                Task write = stream.WriteAsync(sent).AsTask();
                byte[] received = new byte[length];
                await stream.ReadExactlyAsync(received);
                await write;
                transcript.Note($"echo of {length}", sent.AsSpan().SequenceEqual(received));
            }

            client.Client.Shutdown(SocketShutdown.Send);
            transcript.Note("after the last", await stream.ReadAsync(new byte[10]));
        }

        listener.Stop();
        await transcript.TryAsync("the server ends", () => serving);

        static async Task ServeAsync(TcpListener listener)
        {
            using TcpClient accepted = await listener.AcceptTcpClientAsync();
            await using NetworkStream stream = accepted.GetStream();
            await stream.CopyToAsync(stream);
        }
    }

    public static async Task BlockingCalls(ScenarioNetwork network, Transcript transcript)
    {
        using Socket listening = network.Listening();
        Task serving = Task.Factory.StartNew(
            () =>
            {
                using Socket accepted = listening.Accept();
                byte[] buffer = new byte[1000];
                int received;
                while ((received = accepted.Receive(buffer)) > 0)
                {
                    accepted.Send(buffer, received, SocketFlags.None);
                }

                accepted.Shutdown(SocketShutdown.Both);
            },
            TaskCreationOptions.LongRunning);

        using Socket client = network.ClientSocket();
        client.Connect(listening.LocalEndPoint!);
        byte[] sent = Pattern(5000, seed: 5);
        transcript.Note("sent", client.Send(sent));
        byte[] received = new byte[5000];
        int total = 0;
        while (total < received.Length)
        {
            total += client.Receive(received, total, received.Length - total, SocketFlags.None);
        }

        transcript.Note("echo", sent.AsSpan().SequenceEqual(received));
        client.Shutdown(SocketShutdown.Send);
        transcript.Note("end", client.Receive(received));
        await transcript.TryAsync("the server ends", () => serving);
    }

    public static async Task ManyConnections(ScenarioNetwork network, Transcript transcript)
    {
        const int Connections = 200;
        using Socket listening = network.Listening(Connections);
        Task serving = Task.Run(async () =>
        {
            List<Task> connections = [];
            for (int i = 0; i < Connections; i++)
            {
                connections.Add(EchoAsync(await listening.AcceptAsync()));
            }

            await Task.WhenAll(connections);
        });

        bool[] echoed = await Task.WhenAll(Enumerable.Range(0, Connections).Select(i => AskAsync(network, listening.LocalEndPoint!, i)));
        transcript.Note("echoes", echoed.Count(echo => echo));
        await transcript.TryAsync("the server ends", () => serving);

        static async Task EchoAsync(Socket socket)
        {
            byte[] buffer = new byte[4096];
            int received;
            while ((received = await socket.ReceiveAsync(buffer)) > 0)
            {
                await socket.SendAsync(buffer.AsMemory(0, received));
            }

            socket.Dispose();
        }

        static async Task<bool> AskAsync(ScenarioNetwork network, EndPoint server, int seed)
        {
            using Socket client = network.ClientSocket();
            await client.ConnectAsync(server);
            byte[] sent = Pattern(3000, seed);
            await client.SendAsync(sent);
            client.Shutdown(SocketShutdown.Send);
            MemoryStream received = new();
            byte[] buffer = new byte[1000];
            int length;
            while ((length = await client.ReceiveAsync(buffer)) > 0)
            {
                received.Write(buffer, 0, length);
            }

            return received.ToArray().AsSpan().SequenceEqual(sent);
        }
    }

    public static async Task BigTransfer(ScenarioNetwork network, Transcript transcript)
    {
        const int Megabytes = 50;
        (Socket client, Socket server) = await network.ConnectedAsync();
        Task<string> receiving = Task.Run(async () =>
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using NetworkStream stream = new(server, ownsSocket: true);
            byte[] buffer = new byte[64 * 1024];
            int length;
            while ((length = await stream.ReadAsync(buffer)) > 0)
            {
                hash.AppendData(buffer, 0, length);
            }

            return Convert.ToHexString(hash.GetHashAndReset());
        });

        using IncrementalHash sentHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < Megabytes; i++)
        {
            byte[] piece = Pattern(1024 * 1024, seed: i);
            sentHash.AppendData(piece);
            await client.SendAsync(piece);
        }

        client.Shutdown(SocketShutdown.Send);
        string sent = Convert.ToHexString(sentHash.GetHashAndReset());
        transcript.Note("sent", sent);
        await transcript.TryAsync("received", () => receiving);
        client.Dispose();
    }

    internal static byte[] Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
