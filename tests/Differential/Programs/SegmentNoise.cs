using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>Segments and calls that need not make sense where they come.</summary>
/// <param name="entropy">The randomness.</param>
/// <param name="maximumSend">The most bytes of one call: more would be held back by congestion control, which is not compared here.</param>
internal sealed class SegmentNoise(SeededEntropy entropy, int maximumSend)
{
    private const TcpFlags Ack = TcpFlags.Acknowledgment;
    private const TcpFlags Syn = TcpFlags.Syn;
    private const TcpFlags Fin = TcpFlags.Fin;
    private const TcpFlags Rst = TcpFlags.Reset;
    private const TcpFlags Psh = TcpFlags.Push;

    private static readonly int[] _sizes = [1, 10, 100, 500, 988, 1000];
    private static readonly int[] _sends = [1, 100, 500, 988, 1000, 2500, 4000];
    private static readonly int[] _windows = [0, 1, 100, 536, 1000, 1500, 3000, 20_000, 60_000];
    private static readonly int[] _shortDistances = [1, 10, 100, 1000, 3000];
    private static readonly int[] _longDistances = [1, 2, 100, 5000, 70_000, 1_000_000, 0x4000_0000];
    private static readonly TcpFlags[] _oddFlags =
        [TcpFlags.None, Psh, Fin, Syn | Fin, Syn | Rst, Fin | Rst, Syn | Fin | Ack, Syn | Rst | Ack, Fin | Rst | Ack, Fin | Psh];

    private static readonly TimestampPattern[] _timestamps =
        [TimestampPattern.Missing, TimestampPattern.Old, TimestampPattern.WrongEcho, TimestampPattern.ZeroEcho, TimestampPattern.Unasked];

    public ProgramEvent Next() => entropy.Next(100) switch
    {
        < 12 => Data(0),
        < 20 => Data(Pick(_shortDistances)),
        < 28 => Data(-Pick(_shortDistances)),
        < 38 => Acknowledgment(),
        < 44 => new ArrivalEvent(Ack) { WindowBytes = Pick(_windows) },
        < 51 => AtEdge(),
        < 57 => Finish(),
        < 63 => Reset(),
        < 70 => Synchronize(),
        < 74 => new ArrivalEvent(Pick(_oddFlags)) { Sequence = Near(), PayloadBytes = entropy.Next(2) * Pick(_sizes) },
        < 80 => new ArrivalEvent(Ack) { PayloadBytes = entropy.Next(2) * Pick(_sizes), Timestamps = Pick(_timestamps) },
        < 96 => new CallEvent(CallKind.Send, Math.Min(Pick(_sends), maximumSend)),
        _ => new CallEvent((CallKind)((int)CallKind.NoDelayOn + entropy.Next(4))),
    };

    private ArrivalEvent Data(int offset) => new(entropy.Next(2) == 0 ? Ack : Ack | Psh)
    {
        Sequence = offset,
        PayloadBytes = Pick(_sizes),
        AcknowledgmentFrom = entropy.Next(4) == 0 ? AcknowledgmentPoint.Unacknowledged : AcknowledgmentPoint.Next,
    };

    private ArrivalEvent Acknowledgment()
    {
        bool isOfNext = entropy.Next(2) == 0;
        int offset = entropy.Next(3) == 0 ? 0 : (entropy.Next(2) == 0 ? 1 : -1) * Pick(_longDistances);
        return new ArrivalEvent(Ack)
        {
            AcknowledgmentFrom = isOfNext ? AcknowledgmentPoint.Next : AcknowledgmentPoint.Unacknowledged,
            Acknowledgment = offset,
            PayloadBytes = entropy.Next(4) == 0 ? Pick(_sizes) : 0,
        };
    }

    private ArrivalEvent AtEdge()
    {
        int size = Pick(_sizes);
        int offset = entropy.Next(20) switch
        {
            0 => 0,
            < 6 => -size,
            < 10 => -size / 2,
            < 15 => 1,
            _ => -1,
        };
        return new ArrivalEvent(entropy.Next(6) == 0 ? Ack | Fin : Ack)
        {
            SequenceFrom = SequencePoint.Edge,
            Sequence = offset,
            PayloadBytes = entropy.Next(4) == 0 ? 0 : size,
        };
    }

    private ArrivalEvent Finish() => new(Fin | Ack)
    {
        Sequence = entropy.Next(3) == 0 ? Near() : 0,
        PayloadBytes = entropy.Next(2) * Pick(_sizes),
        AcknowledgmentFrom = entropy.Next(3) == 0 ? AcknowledgmentPoint.Unacknowledged : AcknowledgmentPoint.Next,
    };

    private ArrivalEvent Reset() => new(entropy.Next(2) == 0 ? Rst : Rst | Ack)
    {
        SequenceFrom = entropy.Next(4) == 0 ? SequencePoint.Edge : SequencePoint.Next,
        Sequence = entropy.Next(3) == 0 ? 0 : Near(),
        AcknowledgmentFrom = entropy.Next(2) == 0 ? AcknowledgmentPoint.Unacknowledged : AcknowledgmentPoint.Next,
        Acknowledgment = entropy.Next(3) == 0 ? Near() : 0,
        PayloadBytes = entropy.Next(6) == 0 ? Pick(_sizes) : 0,
    };

    private ArrivalEvent Synchronize() => new(entropy.Next(2) == 0 ? Syn : Syn | Ack)
    {
        SequenceFrom = (SequencePoint)entropy.Next(3),
        Sequence = entropy.Next(2) == 0 ? 0 : Near(),
        AcknowledgmentFrom = entropy.Next(2) == 0 ? AcknowledgmentPoint.Unacknowledged : AcknowledgmentPoint.Next,
        Acknowledgment = entropy.Next(4) == 0 ? Near() : 0,
        PayloadBytes = entropy.Next(6) == 0 ? Pick(_sizes) : 0,
    };

    private int Near() => (entropy.Next(2) == 0 ? 1 : -1) * Pick(_longDistances);

    private T Pick<T>(T[] from) => from[entropy.Next(from.Length)];
}
