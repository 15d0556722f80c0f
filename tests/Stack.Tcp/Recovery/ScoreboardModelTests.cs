using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;
using FlightSegment = NetStack.Tcp.SentSegment;

namespace NetStack.Tcp.Tests;

/// <summary>A connection and a random peer against the naive scoreboard: the set of bytes that the peer has told to have.</summary>
public class ScoreboardModelTests
{
    private const int Steps = 4000;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [Trait("RFC", "2018 §5, §8, 6675 §4, 8985 §6.2, 1191 §6.5")]
    public void Whatever_a_peer_tells_in_whatever_order_the_scoreboard_holds_just_that(ulong seed, bool isHonest)
    {
        Run run = new(seed, isHonest);
        for (int i = 0; i < Steps; i++)
        {
            run.Step();
        }

        run.End();
    }

    private sealed class Run
    {
        private readonly SeededEntropy _entropy;
        private readonly bool _isHonest;
        private readonly Machine _machine;

        // By sequence number, where the first byte is 1.
        private readonly HashSet<int> _told = [];
        private readonly HashSet<int> _arrived = [];
        private byte[] _lastPacket = [];
        private int _acknowledged = 1;
        private int _timeouts;
        private int _divisions;
        private int _mostTold;
        private int _sentAgain;

        public Run(ulong seed, bool isHonest)
        {
            _entropy = new SeededEntropy(seed);
            _isHonest = isHonest;
            _machine = new Machine(
                Flights.Options with { NoDelay = true, SendBufferBytes = 1 << 20, WindowScale = 8 }, poolBlocks: 16_384)
                .Established([.. MachineStates.Mss(1460), 1, 1, 4, 2, 1, 3, 3, 8], window: 60_000);
        }

        private int MtuBytes => _machine.Host.FindPath(PeerAddress)!.MtuBytes;

        private int SendNext => Relative(_machine.Connection.SendNext);

        public void Step()
        {
            switch (_entropy.Next(16))
            {
                case < 5 when _machine.Connection.QueuedBytes < 400_000:
                    _machine.Send(1 + _entropy.Next(_entropy.Next(2) == 0 ? 200 : 8000));
                    break;
                case < 12:
                    Acknowledge();
                    break;
                case 12 or 13:
                    Pass(1 + _entropy.Next(30));
                    break;
                case 14 when _entropy.Next(6) == 0:
                    Pass(_entropy.Next(1500));
                    break;
                case 15 when _lastPacket.Length > 0 && MtuBytes > 600 && _entropy.Next(20) == 0 && SendNext > _acknowledged:
                    // The path takes less from here on.
                    int before = MtuBytes;
                    _machine.Wire.Inject(Packets.IcmpError(PeerAddress, 3, 4, (uint)(before - 1 - _entropy.Next(200)), _lastPacket));
                    _machine.Turn();
                    _divisions += MtuBytes < before ? 1 : 0;
                    break;
            }

            Take();
            Verify();
        }

        /// <summary>The peer turns honest, and gets everything.</summary>
        public void End()
        {
            Assert.True(
                _timeouts > 2 && _divisions > 2 && _mostTold > 5_000 && _sentAgain > 100,
                $"the storm got nowhere: {_timeouts} time-outs, {_divisions} divisions, {_mostTold} bytes told of at once, {_sentAgain} segments sent again");
            _machine.Acknowledge(SendNext);
            Advance(SendNext);
            for (int i = 0; i < 100 && _machine.Connection.QueuedBytes > 0; i++)
            {
                _machine.PassMilliseconds(10);
                Take();
                _machine.Acknowledge(SendNext);
            }

            Assert.Equal(0, _machine.Connection.QueuedBytes);
            Assert.Null(_machine.Connection.Underway);
        }

        private void Acknowledge()
        {
            int end = SendNext;
            if (end == _acknowledged)
            {
                return;
            }

            int acknowledgment = _acknowledged;
            if (_entropy.Next(4) == 0)
            {
                acknowledgment = _isHonest ? FirstMissing(end) : _acknowledged + _entropy.Next(Math.Min(end - _acknowledged, 5000) + 1);
            }

            (int Start, int End)[] blocks = [.. Enumerable.Range(0, _entropy.Next(5)).Select(_ => RandomBlock(acknowledgment, end))];
            Tell(acknowledgment, end, blocks);
            Advance(acknowledgment);
            _machine.Acknowledge(acknowledgment, blocks);
        }

        /// <summary>A block of what has arrived, or of anything; at bounds of segments or not, large or small, also below the acknowledgment and of bytes never sent.</summary>
        private (int Start, int End) RandomBlock(int acknowledgment, int end)
        {
            int start = Boundary(_acknowledged + _entropy.Next(end - _acknowledged));
            if (!_isHonest)
            {
                int length = _entropy.Next(4) switch { 0 => end - start, 1 => _entropy.Next(500), _ => _entropy.Next(20_000) };
                int beyond = _entropy.Next(10) == 0 ? _entropy.Next(3000) - 1500 : 0;
                return (start + beyond, Boundary(start + length) + beyond);
            }

            // An honest peer: the stretch around a byte that has arrived, or none.
            int first = start;
            int last = start;
            while (first > acknowledgment && _arrived.Contains(first - 1))
            {
                first--;
            }

            while (_arrived.Contains(last))
            {
                last++;
            }

            return (first, last);
        }

        private int Boundary(int sequence)
        {
            if (_entropy.Next(8) == 0 || _machine.Connection.Underway is not { } flight)
            {
                return sequence;
            }

            int index = flight.Segments.IndexOf(new SequenceNumber(unchecked(_machine.InitialSequence + (uint)sequence)));
            return index < flight.Segments.Count ? Relative(flight.Segments[index].Start) : sequence;
        }

        private int FirstMissing(int end)
        {
            int at = _acknowledged;
            while (at < end && _arrived.Contains(at))
            {
                at++;
            }

            return at;
        }

        /// <summary>The rules for blocks, byte by byte: a segment counts where one block holds all of it.</summary>
        private void Tell(int acknowledgment, int end, (int Start, int End)[] blocks)
        {
            bool isDuplicate = blocks.Length > 0
                && blocks[0].End > blocks[0].Start
                && (blocks[0].End <= acknowledgment
                    || (blocks.Length > 1 && blocks[0].Start >= blocks[1].Start && blocks[0].End <= blocks[1].End));
            SentSegments segments = _machine.Connection.Underway!.Segments;
            foreach ((int start, int blockEnd) in blocks.Skip(isDuplicate ? 1 : 0))
            {
                if (blockEnd <= start || blockEnd > end || blockEnd <= acknowledgment)
                {
                    continue;
                }

                for (int i = 0; i < segments.Count; i++)
                {
                    if (Relative(segments[i].Start) >= start && Relative(segments[i].End) <= blockEnd)
                    {
                        _told.UnionWith(Enumerable.Range(Relative(segments[i].Start), segments[i].LengthBytes));
                    }
                }
            }
        }

        private void Advance(int acknowledgment)
        {
            _acknowledged = acknowledgment;
            _told.RemoveWhere(at => at < acknowledgment);
            _arrived.RemoveWhere(at => at < acknowledgment);
        }

        private void Pass(int milliseconds)
        {
            long before = _machine.Host.Counters[Counter.TcpRetransmissionTimeouts];
            bool takesBack = _machine.Connection.Underway is { } flight && flight.Segments[0].IsDelivered;
            _machine.PassMilliseconds(milliseconds);
            bool isTimedOut = _machine.Host.Counters[Counter.TcpRetransmissionTimeouts] > before;
            _timeouts += isTimedOut ? 1 : 0;
            if (isTimedOut && takesBack)
            {
                _told.Clear();
            }
        }

        /// <summary>Most of what is sent arrives, and what was told to have arrived is not sent again.</summary>
        private void Take()
        {
            while (_machine.Wire.FromHost.TryDequeue(out byte[]? packet))
            {
                SentSegment sent = SentSegment.Read(packet, _machine.Now);
                if (sent.Payload.Length == 0)
                {
                    continue;
                }

                int start = unchecked((int)(sent.Sequence - _machine.InitialSequence));
                for (int i = start; i < start + sent.Payload.Length; i++)
                {
                    Assert.DoesNotContain(i, _told);
                }

                Assert.InRange(sent.Payload.Length, 1, MtuBytes - 40);
                _sentAgain += start + sent.Payload.Length < SendNext ? 1 : 0;
                _lastPacket = packet;
                if (_entropy.Next(6) > 0)
                {
                    _arrived.UnionWith(Enumerable.Range(start, sent.Payload.Length));
                }
            }
        }

        private void Verify()
        {
            Assert.Null(_machine.Connection.BrokenInvariant());
            int delivered = 0;
            if (_machine.Connection.Underway is { } flight)
            {
                for (int i = 0; i < flight.Segments.Count; i++)
                {
                    ref FlightSegment segment = ref flight.Segments[i];
                    Assert.Equal(segment.IsDelivered, _told.Contains(Relative(segment.Start)));
                    delivered += segment.IsDelivered ? segment.LengthBytes : 0;
                }
            }

            Assert.Equal(_told.Count, delivered);
            Assert.Equal(delivered, _machine.Connection.TakeSnapshot(_machine.Now).SelectivelyAcknowledgedBytes);
            _mostTold = Math.Max(_mostTold, delivered);
        }

        private int Relative(SequenceNumber sequence) => sequence - new SequenceNumber(_machine.InitialSequence);
    }
}
