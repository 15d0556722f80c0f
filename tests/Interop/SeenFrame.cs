using System.Globalization;

namespace NetStack.Interop.Tests;

/// <summary>A frame as tshark sees it.</summary>
/// <param name="LengthBytes">Its length on the wire.</param>
/// <param name="Protocols">The protocols of its outermost headers, up to an ICMP header at most.</param>
/// <param name="Stream"><c>tcp</c> or <c>udp</c> and the number of the conversation; null where it is of none.</param>
/// <param name="TcpFlags">The flags of TCP.</param>
/// <param name="Identity">What tells it from other frames.</param>
internal sealed record SeenFrame(long LengthBytes, IReadOnlyList<string> Protocols, string? Stream, int TcpFlags, string Identity)
{
    /// <summary>Reads a line of tab-separated fields: length, protocols, TCP stream, UDP stream, TCP flags, and what identifies.</summary>
    public static SeenFrame Parse(string line)
    {
        string[] fields = line.Split('\t');
        string[] all = fields[1].Split(':');

        // Behind an ICMP header there may be the headers of what an error is about: those are no packets.
        int icmp = Array.IndexOf(all, "icmp");
        string[] protocols = icmp < 0 ? all : all[..(icmp + 1)];
        string? stream = icmp >= 0 ? null : fields switch
        {
            [_, _, { Length: > 0 } tcp, ..] => $"tcp {tcp}",
            [_, _, _, { Length: > 0 } udp, ..] => $"udp {udp}",
            _ => null,
        };
        int flags = fields[4].Length > 0 ? int.Parse(fields[4].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0;
        return new SeenFrame(long.Parse(fields[0], CultureInfo.InvariantCulture), protocols, stream, flags, $"{fields[0]} {string.Join(' ', fields[4..])}");
    }

    /// <summary>Whether it has a header of a protocol.</summary>
    public bool Has(string protocol) => Protocols.Contains(protocol);
}
