using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>Flags as a trace writes them.</summary>
internal static class FlagText
{
    private static readonly (TcpFlags Flag, string Text)[] _all =
    [
        (TcpFlags.Syn, "SYN"), (TcpFlags.Fin, "FIN"), (TcpFlags.Reset, "RST"), (TcpFlags.Push, "PSH"),
        (TcpFlags.Acknowledgment, "ACK"), (TcpFlags.Urgent, "URG"),
    ];

    public static string Of(TcpFlags flags) =>
        string.Join(',', _all.Where(each => (flags & each.Flag) != 0).Select(each => each.Text));
}
