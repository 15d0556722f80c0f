using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>Many connections, and every way to end one, with sockets of the kernel's.</summary>
public sealed class ConnectionTests
{
    private const int EchoPort = 7;
    private const int HttpPort = 80;

    [TapFact]
    [Trait("Category", "Slow")]
    public async Task Ten_thousand_connections_one_after_another_leave_nothing_behind()
    {
        const int Connections = 10_000;
        using ServedNetwork network = await ServedNetwork.StartAsync("--http", "--echo");
        ServerStatistics before = await network.SettledAsync();
        await Task.Factory.StartNew(
            () =>
            {
                byte[] buffer = new byte[64];
                for (int i = 0; i < Connections; i++)
                {
                    using Socket socket = network.Connect(EchoPort);
                    AssertEcho(socket, i, buffer);
                    socket.Shutdown(SocketShutdown.Send);
                    Assert.Equal(0, socket.Receive(buffer));
                }
            },
            TaskCreationOptions.LongRunning);
        await AssertNothingLeftAsync(network, before, Connections);
    }

    [TapFact]
    [Trait("Category", "Slow")]
    public async Task Five_thousand_connections_open_at_once_leave_nothing_behind()
    {
        const int Connections = 5_000;
        await AllowOpenFilesAsync(Connections + 1_000);
        using ServedNetwork network = await ServedNetwork.StartAsync("--http", "--echo");

        // Room for all resets at once: they are sent only once, and the kernel drops what its queue has no room for.
        await network.Space.IpAsync("link set dev tap0 txqueuelen 20000");
        ServerStatistics before = await network.SettledAsync();
        List<Socket> sockets = [];
        try
        {
            byte[] buffer = new byte[64];
            for (int i = 0; i < Connections; i++)
            {
                sockets.Add(network.Connect(EchoPort));
            }

            for (int i = 0; i < Connections; i++)
            {
                AssertEcho(sockets[i], i, buffer);
            }

            ServerStatistics during = await network.StatisticsAsync();
            Assert.Equal(Connections + 1, during.OpenConnections);
            for (int i = 0; i < Connections; i++)
            {
                // Every third by a reset, the others in order.
                sockets[i].LingerState = new LingerOption(enable: i % 3 == 0, seconds: 0);
                sockets[i].Dispose();
            }
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        ServerStatistics after = await AssertNothingLeftAsync(network, before, Connections);
        Assert.Equal((Connections + 2) / 3, after.Counters["tcpConnectionResets"] - before.Counters["tcpConnectionResets"]);
    }

    [TapFact]
    [Trait("RFC", "9293 §3.6")]
    public async Task What_a_half_closed_client_sent_is_echoed_to_the_last_byte()
    {
        byte[] sent = RandomNumberGenerator.GetBytes(5_000_000);
        using ServedNetwork network = await ServedNetwork.StartAsync("--http", "--echo");
        ServerStatistics before = await network.SettledAsync();
        using (Socket socket = network.Connect(EchoPort))
        {
            Task sending = Task.Factory.StartNew(
                () =>
                {
                    socket.Send(sent);
                    socket.Shutdown(SocketShutdown.Send);
                },
                TaskCreationOptions.LongRunning);
            byte[] got = await Task.Factory.StartNew(() => ReadToEnd(socket), TaskCreationOptions.LongRunning);
            await sending;
            Assert.Equal(Convert.ToHexString(SHA256.HashData(sent)), Convert.ToHexString(SHA256.HashData(got)));
        }

        ServerStatistics after = await network.SettledAsync(before);
        Assert.Equal(before.Counters["tcpConnectionResets"], after.Counters["tcpConnectionResets"]);
        await network.StopAsync();
    }

    [TapFact]
    [Trait("RFC", "9293 §3.6")]
    public async Task A_client_that_closes_its_half_after_the_request_gets_the_whole_response()
    {
        const int Bytes = 5_000_000;
        using ServedNetwork network = await ServedNetwork.StartAsync("--http");
        ServerStatistics before = await network.SettledAsync();
        using (Socket socket = network.Connect(HttpPort))
        {
            socket.Send(Encoding.ASCII.GetBytes($"GET /bytes/{Bytes} HTTP/1.1\r\nHost: {ServedNetwork.Ours}\r\nConnection: close\r\n\r\n"));
            socket.Shutdown(SocketShutdown.Send);
            byte[] got = ReadToEnd(socket);
            int body = got.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
            Assert.StartsWith("HTTP/1.1 200 ", Encoding.ASCII.GetString(got, 0, body), StringComparison.Ordinal);
            Assert.Equal(Bytes, got.Length - body);
            Assert.Equal(DocumentedBytes.HashOf(Bytes), Convert.ToHexStringLower(SHA256.HashData(got.AsSpan(body))));
        }

        await network.SettledAsync(before);
        await network.StopAsync();
    }

    [TapTheory]
    [InlineData(HttpPort, "GET /bytes/1000000000 HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData(HttpPort, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nonly the beginning")]
    [InlineData(EchoPort, "what comes back must go nowhere")]
    [Trait("RFC", "9293 §3.10.7.4")]
    public async Task A_reset_in_the_middle_leaves_nothing_behind(int port, string request)
    {
        const int Connections = 50;
        using ServedNetwork network = await ServedNetwork.StartAsync("--http", "--echo");
        ServerStatistics before = await network.SettledAsync();
        byte[] buffer = new byte[4096];
        for (int i = 0; i < Connections; i++)
        {
            using Socket socket = network.Connect(port);
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Send(Encoding.ASCII.GetBytes(request));
            if (i % 2 == 0)
            {
                Assert.NotEqual(0, socket.Receive(buffer));
            }
        }

        ServerStatistics after = await AssertNothingLeftAsync(network, before, Connections);
        Assert.Equal(Connections, after.Counters["tcpConnectionResets"] - before.Counters["tcpConnectionResets"]);
    }

    [TapFact]
    [Trait("RFC", "9293 §3.10.7.1")]
    public async Task A_port_without_a_listener_refuses_at_once()
    {
        using ServedNetwork network = await ServedNetwork.StartAsync("--http");
        SocketException refused = Assert.Throws<SocketException>(() => network.Connect(81));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        Assert.Equal(1, (await network.SettledAsync()).Counters["tcpResetsTransmitted"]);
    }

    private static async Task<ServerStatistics> AssertNothingLeftAsync(ServedNetwork network, ServerStatistics before, int connections)
    {
        ServerStatistics after = await network.SettledAsync(before);
        Assert.True(after.AcceptedConnections - before.AcceptedConnections >= connections);
        await network.StopAsync();
        return after;
    }

    private static void AssertEcho(Socket socket, int number, byte[] buffer)
    {
        string sent = string.Create(CultureInfo.InvariantCulture, $"connection {number}");
        socket.Send(Encoding.ASCII.GetBytes(sent));
        int got = 0;
        while (got < sent.Length)
        {
            int count = socket.Receive(buffer, got, buffer.Length - got, SocketFlags.None);
            Assert.NotEqual(0, count);
            got += count;
        }

        Assert.Equal(sent, Encoding.ASCII.GetString(buffer, 0, got));
    }

    private static byte[] ReadToEnd(Socket socket)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[65_536];
        while (true)
        {
            int count = socket.Receive(buffer);
            if (count == 0)
            {
                return all.ToArray();
            }

            all.Write(buffer, 0, count);
        }
    }

    /// <summary>Lets this process have that many files open, where the limit of those who started it is lower.</summary>
    private static async Task AllowOpenFilesAsync(int count)
    {
        string line = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        if (long.TryParse(soft, CultureInfo.InvariantCulture, out long limit) && limit < count)
        {
            (await ProcessRunner.RunAsync("prlimit", ["--pid", $"{Environment.ProcessId}", $"--nofile={count}:{count}"])).Succeeded();
        }
    }
}
