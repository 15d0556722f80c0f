using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>Captures: what <c>inspect</c> counts against what tshark counts, and what <c>--pcap</c> writes against what tcpdump saw.</summary>
public sealed class CaptureTests
{
    private const string Checked = "-o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE";

    [TapFact]
    public async Task Inspect_counts_what_tshark_counts()
    {
        using TemporaryFolder folder = new();
        string file = folder.Combine("seen.pcap");
        using ServedNetwork network = await ServedNetwork.StartAsync("--http", "--echo", "--offload", "off");
        using (RunningProcess watching = await WatchAsync(network, file))
        {
            await TrafficAsync(network);
            await FinishAsync(network, watching, file);
        }

        await network.StopAsync();
        IReadOnlyList<SeenFrame> frames = await FramesAsync(network, file);
        using JsonDocument document = JsonDocument.Parse((await NetstackCommand.RunAsync(["inspect", file, "--json"])).Succeeded().Output);
        JsonElement inspection = document.RootElement;
        Assert.True(frames.Count > 100);
        Assert.Equal(frames.Count, inspection.GetProperty("packets").GetInt64());
        Assert.Equal(frames.Sum(frame => frame.LengthBytes), inspection.GetProperty("bytes").GetInt64());
        foreach ((string ours, string theirs) in new[] { ("ethernet", "eth"), ("arp", "arp"), ("ipv4", "ip"), ("icmp", "icmp"), ("udp", "udp"), ("tcp", "tcp") })
        {
            JsonElement count = Named(inspection.GetProperty("protocols"), ours);
            SeenFrame[] carriers = [.. frames.Where(frame => frame.Has(theirs))];
            Assert.Equal(($"{ours} packets", carriers.Length), ($"{ours} packets", count.GetProperty("packets").GetInt64()));
            Assert.Equal(($"{ours} bytes", carriers.Sum(frame => frame.LengthBytes)), ($"{ours} bytes", count.GetProperty("bytes").GetInt64()));
        }

        Assert.Equal(Flows(frames), Flows(inspection.GetProperty("flows")));
        Assert.Empty(inspection.GetProperty("drops").EnumerateArray());
    }

    [TapFact]
    public async Task The_capture_of_serve_has_the_frames_that_tcpdump_saw_and_no_fault()
    {
        using TemporaryFolder folder = new();
        string seen = folder.Combine("seen.pcap");
        string written = folder.Combine("written.pcapng");
        using ServedNetwork network = await ServedNetwork.StartAsync("--http", "--echo", "--offload", "off", "--pcap", written);
        using (RunningProcess watching = await WatchAsync(network, seen))
        {
            await TrafficAsync(network);
            await FinishAsync(network, watching, seen);
        }

        await network.StopAsync();
        string info = await network.PipelineAsync($"capinfos -M {written}");
        Assert.Contains("pcapng", info, StringComparison.Ordinal);
        string faults = await network.PipelineAsync(
            $"tshark -r {written} {Checked} -Y '_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0'");
        Assert.Equal("", faults);

        // ARP apart: tcpdump was not there yet when the stack announced itself.
        string[] theirs = [.. (await FramesAsync(network, seen)).Where(frame => frame.Has("ip")).Select(frame => frame.Identity).Order(StringComparer.Ordinal)];
        string[] ours = [.. (await FramesAsync(network, written)).Where(frame => frame.Has("ip")).Select(frame => frame.Identity).Order(StringComparer.Ordinal)];
        Assert.True(theirs.Length > 100);
        Assert.Equal(theirs, ours);
    }

    /// <summary>Some of everything that the stack answers.</summary>
    private static async Task TrafficAsync(ServedNetwork network)
    {
        await network.PipelineAsync($"curl -sSf -o /dev/null http://{ServedNetwork.Ours}/ -o /dev/null http://{ServedNetwork.Ours}/bytes/200000");
        await network.PipelineAsync($"curl -sSf http://{ServedNetwork.Ours}/plaintext");
        await network.PipelineAsync($"ping -n -c 3 -i 0.2 {ServedNetwork.Ours} && ping -n -c 2 -i 0.2 -s 4000 {ServedNetwork.Ours}");
        byte[] buffer = new byte[65_536];
        foreach (int port in new[] { 7, 8 })
        {
            using Socket socket = network.Connect(port, SocketType.Dgram);
            socket.Send("a datagram"u8);
            try
            {
                Assert.Equal(10, socket.Receive(buffer));
            }
            catch (SocketException refused) when (port == 8)
            {
                Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
            }
        }

        Assert.Throws<SocketException>(() => network.Connect(81));
        await network.SettledAsync();
    }

    private static async Task<RunningProcess> WatchAsync(ServedNetwork network, string file)
    {
        RunningProcess watching = network.Space.Start("tcpdump", ["-i", "tap0", "-U", "--immediate-mode", "-B", "16384", "-Z", "root", "-w", file]);
        await watching.WaitForLineAsync("listening on tap0", TimeSpan.FromSeconds(30));
        return watching;
    }

    /// <summary>
    /// Ends tcpdump when it has written everything: what waits in its ring would be lost. So the link falls silent first, then
    /// a datagram and its echo are the last frames, and are waited for.
    /// </summary>
    private static async Task FinishAsync(ServedNetwork network, RunningProcess watching, string file)
    {
        const string TimeWait = "06";
        await network.PipelineAsync($"until awk 'NR > 1 && $4 != \"{TimeWait}\" {{ exit 1 }}' /proc/net/tcp; do sleep 0.05; done");
        byte[] last = RandomNumberGenerator.GetBytes(32);
        using Socket socket = network.Connect(7, SocketType.Dgram);
        socket.Send(last);
        Assert.Equal(last.Length, socket.Receive(new byte[64]));
        Stopwatch waited = Stopwatch.StartNew();
        while (Occurrences(last, file) != 2)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "tcpdump did not write the last frames.");
            await Task.Delay(50);
        }

        (await watching.StopAsync()).Succeeded();
    }

    private static int Occurrences(ReadOnlySpan<byte> pattern, string file)
    {
        // Still being written: no more is asked of the system than to share it.
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using MemoryStream content = new();
        stream.CopyTo(content);
        return content.ToArray().AsSpan().Count(pattern);
    }

    private static async Task<IReadOnlyList<SeenFrame>> FramesAsync(ServedNetwork network, string file)
    {
        string lines = await network.PipelineAsync(
            $"tshark -r {file} -T fields -E occurrence=f -e frame.len -e frame.protocols -e tcp.stream -e udp.stream -e tcp.flags -e ip.src -e ip.id -e ip.flags -e ip.frag_offset -e tcp.seq_raw -e tcp.ack_raw -e tcp.len");
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(SeenFrame.Parse)];
    }

    private static JsonElement Named(JsonElement list, string name) =>
        list.EnumerateArray().Single(entry => entry.GetProperty("name").GetString() == name);

    /// <summary>The conversations as tshark tells them apart, in words, in the order of their first packets.</summary>
    private static List<string> Flows(IReadOnlyList<SeenFrame> frames) =>
    [
        .. frames.Where(frame => frame.Stream is not null).GroupBy(frame => frame.Stream!)
            .Select(stream => Describe(
                stream.Key[..3],
                stream.Count(),
                stream.Sum(frame => frame.LengthBytes),
                stream.Count(frame => (frame.TcpFlags & 2) != 0),
                stream.Count(frame => (frame.TcpFlags & 1) != 0),
                stream.Count(frame => (frame.TcpFlags & 4) != 0))),
    ];

    private static List<string> Flows(JsonElement flows) =>
    [
        .. flows.EnumerateArray().Select(flow =>
        {
            JsonElement[] sides = [flow.GetProperty("fromA"), flow.GetProperty("fromB")];
            long Sum(string name) => sides.Sum(side => side.GetProperty(name).GetInt64());
            return Describe(flow.GetProperty("protocol").GetString()!, Sum("packets"), Sum("bytes"), Sum("syn"), Sum("fin"), Sum("rst"));
        }),
    ];

    private static string Describe(string protocol, long packets, long bytes, long syn, long fin, long rst) =>
        string.Create(CultureInfo.InvariantCulture, $"{protocol}: {packets} packets, {bytes} bytes, SYN {syn}, FIN {fin}, RST {rst}");
}
