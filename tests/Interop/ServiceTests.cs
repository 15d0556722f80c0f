using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>The small services, with nc, socat and sockets of the kernel's as clients.</summary>
public sealed class ServiceTests
{
    [TapFact]
    [Trait("RFC", "862")]
    public async Task Echo_gives_nc_back_what_it_sends()
    {
        using TemporaryFolder folder = new();
        (string file, string hash) = folder.WriteRandom("sent", 10_000_000);
        using ServedNetwork network = await ServedNetwork.StartAsync("--echo");
        Assert.Equal($"{hash}  -", await network.PipelineAsync($"nc -N {ServedNetwork.Ours} 7 < {file} | sha256sum"));
        await network.StopAsync();
    }

    [TapFact]
    [Trait("RFC", "862")]
    public async Task Echo_gives_socat_its_datagram_back()
    {
        using ServedNetwork network = await ServedNetwork.StartAsync("--echo=2007");
        using RunningProcess client = network.Space.Start("socat", ["-", $"UDP:{ServedNetwork.Ours}:2007"]);
        await client.Input.WriteLineAsync("a datagram");
        await client.Input.FlushAsync();
        Assert.True((await client.WaitForLineAsync("^a datagram$", TimeSpan.FromSeconds(30))).Success);
        await network.StopAsync();
    }

    [TapFact]
    [Trait("RFC", "862")]
    [Trait("RFC", "791 §3.2")]
    public async Task Echo_gives_datagrams_of_every_size_back()
    {
        using ServedNetwork network = await ServedNetwork.StartAsync("--echo");
        using Socket socket = network.Connect(7, SocketType.Dgram);
        byte[] buffer = new byte[65_536];
        foreach (int size in new[] { 0, 1, 17, 1_471, 1_472, 1_473, 2_952, 2_953, 20_000, 65_507 })
        {
            byte[] sent = RandomNumberGenerator.GetBytes(size);
            socket.Send(sent);
            Assert.Equal(sent, buffer[..socket.Receive(buffer)]);
        }

        await network.StopAsync();
    }

    [TapTheory]
    [InlineData("on")]
    [InlineData("off")]
    [Trait("RFC", "862")]
    public async Task Echo_gives_datagrams_back_that_the_kernel_sends_as_one(string offload)
    {
        const int UdpLevel = 17;
        const int UdpSegment = 103;
        const int Datagrams = 20;
        const int DatagramBytes = 1_000;
        using ServedNetwork network = await ServedNetwork.StartAsync("--echo", "--offload", offload);
        using Socket socket = network.Connect(7, SocketType.Dgram);
        socket.SetRawSocketOption(UdpLevel, UdpSegment, BitConverter.GetBytes(DatagramBytes));
        byte[] sent = RandomNumberGenerator.GetBytes((Datagrams * DatagramBytes) - 1);
        socket.Send(sent);

        byte[] buffer = new byte[65_536];
        List<byte> received = [];
        for (int i = 0; i < Datagrams; i++)
        {
            int count = socket.Receive(buffer);
            Assert.Equal(i < Datagrams - 1 ? DatagramBytes : DatagramBytes - 1, count);
            received.AddRange(buffer.AsSpan(0, count));
        }

        Assert.Equal(sent, received);
        await network.StopAsync();
    }

    [TapFact]
    [Trait("RFC", "863")]
    public async Task Discard_takes_everything_and_answers_nothing()
    {
        using TemporaryFolder folder = new();
        (string file, _) = folder.WriteRandom("sent", 10_000_000);
        using ServedNetwork network = await ServedNetwork.StartAsync("--discard", "--http");
        Assert.Equal("0", await network.PipelineAsync($"nc -N {ServedNetwork.Ours} 9 < {file} | wc -c"));

        using Socket socket = network.Connect(9, SocketType.Dgram);
        socket.Send("to be thrown away"u8);
        ServerStatistics after = await network.SettledAsync();
        Assert.Equal(1, after.Counters["udpDatagramsReceived"]);
        Assert.Equal(0, after.Counters["udpDatagramsTransmitted"]);
        Assert.Equal(0, socket.Available);
        Assert.True(after.Counters["bytesReceived"] > 10_000_000);
        await network.StopAsync();
    }

    [TapFact]
    [Trait("RFC", "864")]
    public async Task Chargen_sends_its_pattern_until_the_client_has_enough()
    {
        const int Bytes = 1_000_000;
        using ServedNetwork network = await ServedNetwork.StartAsync("--chargen", "--http");
        ServerStatistics before = await network.SettledAsync();
        byte[] got = new byte[Bytes];
        using (Socket socket = network.Connect(19))
        {
            // Whatever the client sends does not matter.
            socket.Send("thrown away"u8);
            for (int count = 0; count < Bytes;)
            {
                count += socket.Receive(got, count, Bytes - count, SocketFlags.None);
            }
        }

        Assert.Equal(Pattern(Bytes), Encoding.ASCII.GetString(got));
        await network.SettledAsync(before);
        await network.StopAsync();
    }

    [TapFact]
    [Trait("RFC", "864")]
    public async Task Chargen_answers_a_datagram_with_up_to_512_bytes_of_its_pattern()
    {
        using ServedNetwork network = await ServedNetwork.StartAsync("--chargen");
        using Socket socket = network.Connect(19, SocketType.Dgram);
        byte[] buffer = new byte[65_536];
        HashSet<int> sizes = [];
        for (int i = 0; i < 20; i++)
        {
            socket.Send("anything"u8);
            int size = socket.Receive(buffer);
            Assert.InRange(size, 0, 512);
            Assert.Equal(Pattern(size), Encoding.ASCII.GetString(buffer, 0, size));
            sizes.Add(size);
        }

        // "a random number (between 0 and 512) of characters": twenty times the same would be no such number.
        Assert.True(sizes.Count > 1);
        await network.StopAsync();
    }

    [TapFact]
    [Trait("RFC", "1122 §4.1.3.1")]
    public async Task A_datagram_to_a_port_without_a_service_is_refused()
    {
        using ServedNetwork network = await ServedNetwork.StartAsync("--echo");
        using Socket socket = network.Connect(8, SocketType.Dgram);
        socket.Send("nobody is here"u8);
        SocketException refused = Assert.Throws<SocketException>(() => socket.Receive(new byte[16]));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        await network.StopAsync();
    }

    /// <summary>The pattern in common use of RFC 864: lines of 72 of the 95 printing characters, each begun one later.</summary>
    private static string Pattern(int lengthBytes)
    {
        StringBuilder text = new(lengthBytes + 74);
        for (int line = 0; text.Length < lengthBytes; line++)
        {
            for (int column = 0; column < 72; column++)
            {
                text.Append((char)(' ' + ((line + column) % 95)));
            }

            text.Append("\r\n");
        }

        return text.ToString(0, lengthBytes);
    }
}
