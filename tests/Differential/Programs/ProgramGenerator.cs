using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>
/// Makes a program of a seed: a way through the states of a connection, with random segments and calls strewn in at each.
/// Nothing is left to chance that depends on time: no segment is lost, and what is unanswered is waited for by nobody.
/// </summary>
internal sealed class ProgramGenerator
{
    private const TcpFlags Ack = TcpFlags.Acknowledgment;
    private const TcpFlags Syn = TcpFlags.Syn;
    private const TcpFlags Fin = TcpFlags.Fin;

    private const int SegmentsOfSend = 4;

    /// <summary>One program in so many is about losses.</summary>
    private const int ProgramsPerLoss = 5;
    private const int DefaultSegmentBytes = 536;

    private static readonly int[] _sizes = [1, 10, 100, 500, 988, 1000];
    private static readonly int[] _windows = [0, 1, 100, 536, 1000, 1500, 3000, 20_000, 60_000];
    private static readonly int[] _peerSegments = [0, 100, 536, 1000, 1460];
    private static readonly int[] _peerScales = [-1, 0, 3, 7];

    private readonly SeededEntropy _entropy;
    private readonly SegmentNoise _noise;
    private readonly int _maximumSend;
    private readonly List<ProgramEvent> _events = [];

    private ProgramGenerator(SeededEntropy entropy, int maximumSend)
    {
        _entropy = entropy;
        _maximumSend = maximumSend;
        _noise = new SegmentNoise(entropy, maximumSend);
    }

    public static DifferentialProgram Make(ulong seed, OptionSet options)
    {
        SeededEntropy entropy = new(seed);
        if (entropy.Next(ProgramsPerLoss) == 0)
        {
            return LossGenerator.Make(seed, options, entropy);
        }

        bool isPassive = entropy.Next(2) == 0;
        int scale = Pick(entropy, _peerScales);
        bool hasTimestamps = entropy.Next(4) > 0;
        int segment = Pick(entropy, _peerSegments);
        uint initial = entropy.Next(4) == 0 ? 0xFFFF_FF00u : entropy.NextUInt32();
        ProgramGenerator generator = new(entropy, SegmentsOfSend * (segment == 0 ? DefaultSegmentBytes : segment));
        string kind = generator.Fill(isPassive);
        return new DifferentialProgram
        {
            Seed = seed,
            Kind = kind,
            Options = options,
            IsPassive = isPassive,
            PeerSegmentBytes = segment,
            PeerScale = scale,
            PeerTimestamps = hasTimestamps,
            PeerSack = entropy.Next(2) == 0,
            PeerInitialSequence = initial,
            Events = generator._events,
        };
    }

    private static T Pick<T>(SeededEntropy entropy, T[] from) => from[entropy.Next(from.Length)];

    private string Fill(bool isPassive)
    {
        string open = isPassive ? OpenPassively() : OpenActively();
        if (open.Length > 0)
        {
            return open;
        }

        Exchange(_entropy.Next(4));
        if (_entropy.Next(8) == 0)
        {
            Corner();
        }

        Strew(_entropy.Next(7));
        string kind = _entropy.Next(10) switch
        {
            < 3 => CloseFirst(),
            < 6 => CloseSecond(),
            < 7 => Abort(),
            _ => "exchange",
        };
        Settle();
        return kind;
    }

    /// <returns>What the program is about where it ends here, or nothing.</returns>
    private string OpenPassively()
    {
        if (_entropy.Next(20) == 0)
        {
            Strew(4);
            return "closed port";
        }

        Call(CallKind.Listen);
        if (_entropy.Next(6) == 0)
        {
            Strew(_entropy.Next(3));
        }

        Add(Syn, SequencePoint.Initial, 0, payloadBytes: _entropy.Next(10) == 0 ? Size() : 0);
        bool isDisturbed = _entropy.Next(4) == 0;
        if (isDisturbed)
        {
            Strew(1 + _entropy.Next(4));
        }

        Add(Ack, payloadBytes: _entropy.Next(4) == 0 ? Size() : 0);
        Call(CallKind.Accept);
        return "";
    }

    private string OpenActively()
    {
        Call(CallKind.Connect);
        if (_entropy.Next(4) == 0)
        {
            Strew(1 + _entropy.Next(3));
        }

        if (_entropy.Next(6) == 0)
        {
            Add(Syn, SequencePoint.Initial);
            if (_entropy.Next(2) == 0)
            {
                Strew(1 + _entropy.Next(3));
            }
            else if (_entropy.Next(4) == 0)
            {
                Call(_entropy.Next(2) == 0 ? CallKind.Close : CallKind.Shutdown);
            }

            if (_entropy.Next(2) == 0)
            {
                Add(Syn | Ack, SequencePoint.Initial);
            }
            else
            {
                Add(Ack);
            }

            return "";
        }

        Add(Syn | Ack, SequencePoint.Initial, payloadBytes: _entropy.Next(12) == 0 ? Size() : 0);
        return "";
    }

    /// <summary>Data both ways as it should be.</summary>
    private void Exchange(int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            if (_entropy.Next(2) == 0)
            {
                Add(Ack, payloadBytes: Size());
            }
            else
            {
                Call(CallKind.Send, Math.Min(Size(), _maximumSend));
                Add(Ack);
            }
        }
    }

    /// <summary>Something that chance alone would seldom bring about.</summary>
    private void Corner()
    {
        switch (_entropy.Next(8))
        {
            case 6:
                // A window that closes over what is on its way.
                Call(CallKind.Send, 100);
                Add(new ArrivalEvent(Ack)
                {
                    AcknowledgmentFrom = AcknowledgmentPoint.Unacknowledged, WindowBytes = 0, PayloadBytes = 100,
                });
                break;
            case 7:
                // More than the initial congestion window, in small segments.
                for (int i = 0; i < 12; i++)
                {
                    Call(CallKind.NoDelayOn);
                    Call(CallKind.Send, 10);
                }

                break;
            case 0:
                // A small segment held back by a cork, when the other option comes.
                Call(CallKind.CorkOn);
                Call(CallKind.Send, Math.Min(Size(), _maximumSend));
                Call(CallKind.NoDelayOn);
                break;
            case 1:
                // A small segment held back by another, and let go by the acknowledgment on the peer's FIN.
                Call(CallKind.Send, 1);
                Call(CallKind.Send, 10);
                Call(CallKind.Shutdown);
                Add(Fin | Ack);
                break;
            case 2:
                // A window on a segment that was overtaken by one further on.
                Call(CallKind.Send, 10);
                Add(new ArrivalEvent(Ack)
                {
                    Sequence = 1000, PayloadBytes = 100, AcknowledgmentFrom = AcknowledgmentPoint.Unacknowledged,
                });
                Add(new ArrivalEvent(Ack) { WindowBytes = 0, PayloadBytes = 100 });
                Call(CallKind.Send, 10);
                break;
            case 3:
                // A FIN that is behind a gap.
                Call(_entropy.Next(2) == 0 ? CallKind.Close : CallKind.Shutdown);
                Add(Fin | Ack, sequence: 100);
                break;
            case 4:
                // Two FINs.
                Add(Fin | Ack);
                Add(Fin | Ack, sequence: -10, payloadBytes: 10);
                break;
            default:
                // An acknowledgment that is far too old, with text that is next.
                Call(CallKind.Send, 100);
                Add(Ack);
                Add(new ArrivalEvent(Ack) { Acknowledgment = -70_000, PayloadBytes = 100 });
                break;
        }
    }

    /// <summary>The application closes first.</summary>
    private string CloseFirst()
    {
        Call(_entropy.Next(3) == 0 ? CallKind.Close : CallKind.Shutdown);
        Strew(_entropy.Next(3));
        switch (_entropy.Next(3))
        {
            case 0:
                Add(Ack);
                Strew(_entropy.Next(4));
                Exchange(_entropy.Next(2));
                Add(Fin | Ack, payloadBytes: _entropy.Next(3) == 0 ? Size() : 0);
                Strew(_entropy.Next(4));
                return "FIN-WAIT-2";
            case 1:
                Add(new ArrivalEvent(Fin | Ack) { AcknowledgmentFrom = AcknowledgmentPoint.Unacknowledged });
                Strew(_entropy.Next(4));
                Add(Ack);
                Strew(_entropy.Next(4));
                return "CLOSING";
            default:
                Add(Fin | Ack);
                Strew(_entropy.Next(5));
                return "TIME-WAIT";
        }
    }

    /// <summary>The peer closes first.</summary>
    private string CloseSecond()
    {
        Add(Fin | Ack, payloadBytes: _entropy.Next(3) == 0 ? Size() : 0);
        Strew(_entropy.Next(4));
        Call(_entropy.Next(2) == 0 ? CallKind.Close : CallKind.Shutdown);
        Strew(_entropy.Next(4));
        Add(Ack);
        Strew(_entropy.Next(3));
        return "LAST-ACK";
    }

    /// <summary>The application resets the connection, in whatever state it is by then.</summary>
    private string Abort()
    {
        switch (_entropy.Next(3))
        {
            case 0:
                Call(CallKind.Shutdown);
                break;
            case 1:
                Add(Fin | Ack);
                break;
        }

        Strew(_entropy.Next(2));
        Call(CallKind.Abort);
        Strew(_entropy.Next(3));
        return "abort";
    }

    /// <summary>At the end the peer acknowledges all and opens its window, so that what was held back shows.</summary>
    private void Settle()
    {
        Add(new ArrivalEvent(Ack) { WindowBytes = 60_000 });
        Add(Ack, payloadBytes: 10);
        Add(Ack);
    }

    private void Strew(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _events.Add(_noise.Next());
        }
    }

    private int Size() => Pick(_entropy, _sizes);

    private void Call(CallKind kind, int bytes = 0) => _events.Add(new CallEvent(kind, bytes));

    private void Add(TcpFlags flags, SequencePoint from = SequencePoint.Next, int sequence = 0, int payloadBytes = 0) =>
        Add(new ArrivalEvent(flags) { SequenceFrom = from, Sequence = sequence, PayloadBytes = payloadBytes });

    private void Add(ArrivalEvent arrival) => _events.Add(arrival);
}
