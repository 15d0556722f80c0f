using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>What tshark counts in a capture, with the verification of all checksums asked for.</summary>
internal sealed partial class TsharkReport
{
    private static readonly ConcurrentDictionary<string, Lazy<TsharkReport>> Cache = [];

    // Our name of a protocol, and tshark's.
    private static readonly Dictionary<string, string> ProtocolNames = new()
    {
        ["eth"] = "ethernet", ["vlan"] = "vlan", ["sll"] = "linux-cooked", ["arp"] = "arp", ["ip"] = "ipv4", ["ipv6"] = "ipv6",
        ["icmp"] = "icmp", ["icmpv6"] = "icmpv6", ["igmp"] = "igmp", ["udp"] = "udp", ["tcp"] = "tcp", ["dns"] = "dns",
        ["mdns"] = "mdns", ["dhcp"] = "dhcp", ["dhcpv6"] = "dhcpv6", ["ntp"] = "ntp",
    };

    private static readonly string[] ChecksumFields =
        ["ip.checksum.status", "icmp.checksum.status", "icmpv6.checksum.status", "udp.checksum.status", "tcp.checksum.status"];

    private static readonly string[] SegmentFields =
        ["tcp.flags.syn", "tcp.flags.fin", "tcp.flags.reset", "tcp.analysis.retransmission", "tcp.analysis.out_of_order"];

    private static readonly string[] SummedProtocols = ["ipv4", "icmp", "icmpv6", "udp", "tcp"];

    private TsharkReport(string path)
    {
        List<string> arguments = ["-n", "-r", path];
        foreach (string protocol in (string[])["ip", "tcp", "udp"])
        {
            arguments.AddRange(["-o", $"{protocol}.check_checksum:TRUE"]);
        }

        arguments.AddRange(["-T", "fields", "-E", "separator=|", "-E", "occurrence=f", "-e", "frame.protocols"]);
        foreach (string field in ChecksumFields.Concat(SegmentFields))
        {
            arguments.AddRange(["-e", field]);
        }

        arguments.AddRange(["-z", "conv,tcp", "-z", "conv,udp"]);
        Judge.Verdict verdict = Judge.Run("tshark", arguments);
        Diagnostics = verdict.Diagnostics;
        string? conversations = null;
        foreach (string line in verdict.Output.Split('\n'))
        {
            if (ConversationsHead().Match(line) is { Success: true } head)
            {
                conversations = head.Groups[1].Value.ToLowerInvariant();
            }
            else if (conversations is not null)
            {
                ReadConversation(conversations, line);
            }
            else if (line.Length > 0 && line[0] != '=')
            {
                ReadPacket(line.Split('|'));
            }
        }
    }

    public string Diagnostics { get; }

    public int Packets { get; private set; }

    /// <summary>Packets by protocol, by our names.</summary>
    public SortedDictionary<string, long> Protocols { get; } = [];

    /// <summary>Right and wrong checksums by protocol, by our names; only protocols that have either.</summary>
    public SortedDictionary<string, (long Good, long Bad)> Checksums { get; } = [];

    /// <summary>Segments with SYN, FIN and RST, and those that tshark takes for retransmitted or out of order.</summary>
    public (long Syn, long Fin, long Rst, long Retransmissions) Segments { get; private set; }

    /// <summary>The conversations, each as a line that reads the same from both sides, sorted.</summary>
    public List<string> Conversations { get; } = [];

    public static TsharkReport Of(string capture) =>
        Cache.GetOrAdd(capture, name => new Lazy<TsharkReport>(() => new TsharkReport(Captures.PathOf(name)))).Value;

    /// <summary>A conversation as a line that reads the same from both sides.</summary>
    public static string Line(string protocol, string end, long packets, string bytes, string otherEnd, long otherPackets, string otherBytes)
    {
        string one = $"{end} {packets} packets {bytes}";
        string other = $"{otherEnd} {otherPackets} packets {otherBytes}";
        return string.CompareOrdinal(one, other) < 0 ? $"{protocol} {one}, {other}" : $"{protocol} {other}, {one}";
    }

    private void ReadPacket(string[] fields)
    {
        Packets++;
        foreach (string name in fields[0].Split(':').Distinct())
        {
            if (ProtocolNames.TryGetValue(name, out string? protocol))
            {
                Protocols[protocol] = Protocols.GetValueOrDefault(protocol) + 1;
            }
        }

        bool isQuoted = fields[0].Contains("icmp", StringComparison.Ordinal);
        if (!isQuoted)
        {
            string[] flags = fields[^SegmentFields.Length..];
            (long syn, long fin, long rst, long retransmissions) = Segments;
            bool isRepeated = flags[3].Length + flags[4].Length > 0;
            Segments = (
                syn + (flags[0] == "1" ? 1 : 0),
                fin + (flags[1] == "1" ? 1 : 0),
                rst + (flags[2] == "1" ? 1 : 0),
                retransmissions + (isRepeated ? 1 : 0));
        }

        for (int index = 0; index < SummedProtocols.Length; index++)
        {
            (long good, long bad) = Checksums.GetValueOrDefault(SummedProtocols[index]);
            if (fields[index + 1] is "0" or "1")
            {
                Checksums[SummedProtocols[index]] = fields[index + 1] == "1" ? (good + 1, bad) : (good, bad + 1);
            }
        }
    }

    private void ReadConversation(string protocol, string line)
    {
        if (Conversation().Match(line) is { Success: true } match)
        {
            string Text(int group) => match.Groups[group].Value;
            Conversations.Add(Line(
                protocol, Text(1), long.Parse(Text(5)), $"{Text(6)} {Text(7)}", Text(2), long.Parse(Text(3)), Text(4)));
            Conversations.Sort(StringComparer.Ordinal);
        }
    }

    [GeneratedRegex("^(TCP|UDP) Conversations")]
    private static partial Regex ConversationsHead();

    // Frames and bytes that the right end sent, then those that the left one sent.
    [GeneratedRegex(@"^(\S+:\d+)\s+<-> (\S+:\d+)\s+(\d+) (\d+ \w+)\s+(\d+) (\d+) (\w+)\s")]
    private static partial Regex Conversation();
}
