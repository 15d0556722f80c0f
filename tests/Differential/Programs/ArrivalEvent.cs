using System.Globalization;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>A segment arrives. Its numbers are relative to what was said before, and so mean the same to each implementation.</summary>
internal sealed record ArrivalEvent(TcpFlags Flags) : ProgramEvent
{
    public SequencePoint SequenceFrom { get; init; }

    public int Sequence { get; init; }

    public AcknowledgmentPoint AcknowledgmentFrom { get; init; }

    public int Acknowledgment { get; init; }

    public int PayloadBytes { get; init; }

    /// <summary>The window in bytes; −1 leaves it as it was.</summary>
    public int WindowBytes { get; init; } = -1;

    public TimestampPattern Timestamps { get; init; }

    /// <summary>The stretches of the implementation's stream that the peer has behind a gap, counted from what it has acknowledged.</summary>
    public IReadOnlyList<(int Start, int End)> Sack { get; init; } = [];

    /// <summary>The sequence numbers it takes.</summary>
    public int LengthBytes => PayloadBytes + (Has(TcpFlags.Syn) ? 1 : 0) + (Has(TcpFlags.Fin) ? 1 : 0);

    public bool Has(TcpFlags flag) => (Flags & flag) != 0;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"<{FlagText.Of(Flags)}> seq {SequenceFrom}{Sequence:+0;-0;+0} ack {AcknowledgmentFrom}{Acknowledgment:+0;-0;+0} len {PayloadBytes}"
        + $"{(WindowBytes >= 0 ? $" win {WindowBytes}" : "")}{(Timestamps == TimestampPattern.Right ? "" : $" timestamps {Timestamps}")}"
        + $"{string.Concat(Sack.Select(each => $" sack {each.Start}-{each.End}"))}");
}
