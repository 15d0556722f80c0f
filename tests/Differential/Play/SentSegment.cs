using System.Globalization;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>A segment that an implementation has sent, its numbers relative to the SYNs.</summary>
/// <param name="Flags">The control bits.</param>
/// <param name="Sequence">Relative to the implementation's SYN, or as it is before that is known.</param>
/// <param name="Acknowledgment">Relative to the peer's SYN; as it is, which should be 0, where the ACK bit is off.</param>
/// <param name="PayloadBytes">The payload.</param>
/// <param name="Options">The options in their order, echoes relative to the peer's clock.</param>
/// <param name="WindowBytes">The window, its scale applied.</param>
internal sealed record SentSegment(
    TcpFlags Flags, long Sequence, long Acknowledgment, int PayloadBytes, string Options, int WindowBytes)
{
    /// <summary>Stands for the sequence number 0 of a reset that answers a segment without acknowledgment, which is relative to nothing.</summary>
    public const long SequenceZero = long.MinValue;

    public bool IsReset => (Flags & TcpFlags.Reset) != 0;

    public bool IsSyn => (Flags & TcpFlags.Syn) != 0;

    /// <summary>The first sequence number behind the segment.</summary>
    public long End => Sequence + PayloadBytes + ((Flags & TcpFlags.Syn) != 0 ? 1 : 0) + ((Flags & TcpFlags.Fin) != 0 ? 1 : 0);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"<{FlagText.Of(Flags)}> seq {(Sequence == SequenceZero ? "zero" : Sequence)} ack {Acknowledgment} len {PayloadBytes} win {WindowBytes}{(Options.Length > 0 ? $" [{Options}]" : "")}");
}
