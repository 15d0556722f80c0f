using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>
/// Makes programs in which segments of the implementation's are lost. Time is no part of them: losses are told by three and
/// more segments behind a gap, at once by selective acknowledgments or one by one by duplicate ones.
/// </summary>
internal sealed class LossGenerator
{
    private const TcpFlags Ack = TcpFlags.Acknowledgment;
    private const int InitialWindow = 10;
    private const int DuplicateThreshold = 3;
    private const int MostBlocks = 3;

    private readonly SeededEntropy _entropy;
    private readonly int _segmentBytes;
    private readonly bool _usesSack;
    private readonly List<ProgramEvent> _events = [];

    private LossGenerator(SeededEntropy entropy, int segmentBytes, bool usesSack)
    {
        _entropy = entropy;
        _segmentBytes = segmentBytes;
        _usesSack = usesSack;
    }

    public static DifferentialProgram Make(ulong seed, OptionSet options, SeededEntropy entropy)
    {
        bool isPassive = entropy.Next(2) == 0;
        bool hasTimestamps = entropy.Next(2) == 0;
        bool hasSack = entropy.Next(4) > 0;
        LossGenerator generator = new(
            entropy, OptionSet.SegmentBytes - (hasTimestamps && options.Timestamps ? 12 : 0), hasSack && options.Sack);
        generator.Fill(isPassive);
        return new DifferentialProgram
        {
            Seed = seed,
            Kind = generator._usesSack ? "loss with SACK" : "loss",
            Options = options,
            IsPassive = isPassive,
            PeerSegmentBytes = OptionSet.SegmentBytes,
            PeerScale = entropy.Next(2) == 0 ? 3 : -1,
            PeerTimestamps = hasTimestamps,
            PeerSack = hasSack,
            PeerInitialSequence = entropy.NextUInt32(),
            Events = generator._events,
        };
    }

    private void Fill(bool isPassive)
    {
        if (isPassive)
        {
            _events.Add(new CallEvent(CallKind.Listen));
            _events.Add(new ArrivalEvent(TcpFlags.Syn) { SequenceFrom = SequencePoint.Initial, WindowBytes = 60_000 });
            _events.Add(new ArrivalEvent(Ack));
            _events.Add(new CallEvent(CallKind.Accept));
        }
        else
        {
            _events.Add(new CallEvent(CallKind.Connect));
            _events.Add(new ArrivalEvent(TcpFlags.Syn | Ack) { SequenceFrom = SequencePoint.Initial, WindowBytes = 60_000 });
        }

        // The kernel takes the first acknowledgment with a new sequence number for news of the window, not for a duplicate.
        _events.Add(new ArrivalEvent(Ack));
        int segments = DuplicateThreshold + 1 + _entropy.Next(InitialWindow - DuplicateThreshold);
        _events.Add(new CallEvent(CallKind.Send, segments * _segmentBytes));
        int waiting = _entropy.Next(3) * _entropy.Next(4);
        if (waiting > 0 && segments == InitialWindow)
        {
            // Held back by the congestion window: it goes out as that opens.
            _events.Add(new CallEvent(CallKind.Send, waiting * _segmentBytes));
        }

        if (_usesSack)
        {
            Lose(segments);
        }
        else
        {
            LoseFirst(segments);
        }

        _events.Add(new ArrivalEvent(Ack));
        _events.Add(new CallEvent(CallKind.Send, _segmentBytes));
        _events.Add(new ArrivalEvent(Ack));
    }

    /// <summary>Some of the first half are lost; one acknowledgment tells of all the others.</summary>
    private void Lose(int segments)
    {
        bool[] isHere = new bool[segments];
        for (int i = 1; i < segments; i++)
        {
            isHere[i] = i >= segments - DuplicateThreshold || _entropy.Next(2) == 0;
        }

        int acknowledged = 0;
        while (acknowledged < segments)
        {
            _events.Add(new ArrivalEvent(Ack)
            {
                AcknowledgmentFrom = AcknowledgmentPoint.Unacknowledged,
                Acknowledgment = acknowledged == 0 ? 0 : Step(isHere, ref acknowledged),
                Sack = Blocks(isHere, acknowledged),
            });
            if (acknowledged == 0)
            {
                acknowledged = -1;
            }

            // What was sent again arrives, in order.
            int first = Array.IndexOf(isHere, false);
            if (first < 0)
            {
                return;
            }

            isHere[first] = true;
            acknowledged = Math.Max(acknowledged, 0);
            _events.Add(new ArrivalEvent(Ack)
            {
                AcknowledgmentFrom = AcknowledgmentPoint.Unacknowledged,
                Acknowledgment = Step(isHere, ref acknowledged),
                Sack = Blocks(isHere, acknowledged),
            });
        }
    }

    /// <summary>How far an acknowledgment goes now, from the one before.</summary>
    private int Step(bool[] isHere, ref int acknowledged)
    {
        int before = acknowledged;
        while (acknowledged < isHere.Length && isHere[acknowledged])
        {
            acknowledged++;
        }

        return (acknowledged - before) * _segmentBytes;
    }

    private List<(int Start, int End)> Blocks(bool[] isHere, int from)
    {
        List<(int Start, int End)> blocks = [];
        for (int i = from; i < isHere.Length; i++)
        {
            if (!isHere[i])
            {
                continue;
            }

            int start = i;
            while (i < isHere.Length && isHere[i])
            {
                i++;
            }

            blocks.Add(((start - from) * _segmentBytes, (i - from) * _segmentBytes));
        }

        // The latest first, and no more than there is room for.
        blocks.Reverse();
        return blocks.Count > MostBlocks ? blocks[..MostBlocks] : blocks;
    }

    /// <summary>The first is lost, and perhaps another; the peer knows no selective acknowledgments.</summary>
    private void LoseFirst(int segments)
    {
        int second = _entropy.Next(2) == 0 ? 0 : 1 + _entropy.Next(segments - 1);
        for (int i = 1; i < segments; i++)
        {
            if (i != second)
            {
                _events.Add(new ArrivalEvent(Ack) { AcknowledgmentFrom = AcknowledgmentPoint.Unacknowledged });
            }
        }

        if (second > 0)
        {
            _events.Add(new ArrivalEvent(Ack)
            {
                AcknowledgmentFrom = AcknowledgmentPoint.Unacknowledged, Acknowledgment = second * _segmentBytes,
            });
        }
    }
}
