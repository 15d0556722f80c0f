using System.Buffers.Binary;
using System.Globalization;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>
/// The other end of one implementation: makes packets of a program's events by what the implementation has said so far,
/// and reads what it says.
/// </summary>
internal sealed class Peer(DifferentialProgram program, IpEndPoint implementation, IpEndPoint own)
{
    /// <summary>The peer's clock at the start.</summary>
    public const uint ClockOrigin = 1_000_000;

    /// <summary>The window until a program says otherwise.</summary>
    public const int FirstWindowBytes = 20_000;

    /// <summary>What the clock moves on by with each segment.</summary>
    public const int ClockStep = 10;

    private readonly List<(long Start, long End, long Edge)> _atEdge = [];
    private uint _initialSequence;
    private bool _hasInitialSequence;
    private bool _isFirst;
    private long _next;
    private long _unacknowledged;
    private long _peerNext;
    private long _edge;
    private bool _offersTimestamps;
    private bool _offersScale;
    private int _scale;
    private bool _hasSentSyn;
    private uint _clock = ClockOrigin;
    private uint _latestTimestamp;
    private int _windowBytes = FirstWindowBytes;

    /// <summary>The byte of the peer's stream at a sequence number; the SYN is 0.</summary>
    public static byte PayloadAt(long sequence) => (byte)((sequence * 7) + (sequence >> 8));

    /// <summary>The byte of the implementation's stream at a position that starts at 0.</summary>
    public static byte SentAt(long position) => (byte)((position * 13) + (position >> 8));

    /// <summary>The sequence number of the first byte behind the SYN that opened the connection.</summary>
    public long StreamStart { get; private set; } = 1;

    private bool UsesTimestamps => program.PeerTimestamps && _offersTimestamps && _hasSentSyn;

    private bool UsesScale => program.PeerScale >= 0 && _offersScale && _hasSentSyn;

    /// <summary>The packet of an event.</summary>
    public byte[] Make(ArrivalEvent arrival)
    {
        _clock += ClockStep;
        bool isSyn = (arrival.Flags & TcpFlags.Syn) != 0;
        bool isAcknowledgment = (arrival.Flags & TcpFlags.Acknowledgment) != 0;
        long sequence = arrival.Sequence + arrival.SequenceFrom switch
        {
            SequencePoint.Edge => _edge,
            SequencePoint.Next => _peerNext,
            _ => 0,
        };
        long acknowledgment = arrival.Acknowledgment + (arrival.AcknowledgmentFrom == AcknowledgmentPoint.Next ? _next : _unacknowledged);
        if (arrival.SequenceFrom == SequencePoint.Edge)
        {
            _atEdge.Add((sequence, sequence + arrival.LengthBytes, _edge));
        }

        byte[] payload = new byte[arrival.PayloadBytes];
        for (int i = 0; i < payload.Length; i++)
        {
            payload[i] = PayloadAt(sequence + i + (isSyn ? 1 : 0));
        }

        if (arrival.WindowBytes >= 0)
        {
            _windowBytes = arrival.WindowBytes;
        }

        int window = Math.Min(_windowBytes >> (UsesScale && !isSyn ? program.PeerScale : 0), ushort.MaxValue);
        if (isAcknowledgment && acknowledgment > _unacknowledged && acknowledgment <= _next && (arrival.Flags & TcpFlags.Reset) == 0)
        {
            _unacknowledged = acknowledgment;
        }

        if (isSyn && _edge == 0)
        {
            StreamStart = sequence + 1;
            _hasSentSyn = true;
            _peerNext = StreamStart;
        }

        byte[] options = isSyn ? SynOptions(arrival, isAcknowledgment) : Options(arrival);
        return Packets.Make(
            own,
            implementation,
            unchecked(program.PeerInitialSequence + (uint)sequence),
            isAcknowledgment ? unchecked(_initialSequence + (uint)acknowledgment) : 0,
            arrival.Flags,
            window,
            options,
            payload);
    }

    /// <summary>Reads a packet of the implementation's.</summary>
    public SentSegment Read(byte[] packet)
    {
        Assert.Equal(0x45, packet[0]);
        Assert.Equal(6, packet[9]);
        Assert.Equal(0, Packets.Sum(packet));
        ReadOnlySpan<byte> tcp = packet.AsSpan(20, BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(2)) - 20);
        int headerBytes = tcp[12] >> 4 << 2;
        TcpFlags flags = (TcpFlags)tcp[13];
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]);
        uint acknowledgment = BinaryPrimitives.ReadUInt32BigEndian(tcp[8..]);
        ReadOnlySpan<byte> payload = tcp[headerBytes..];
        bool isAcknowledgment = (flags & TcpFlags.Acknowledgment) != 0;
        bool isSyn = (flags & TcpFlags.Syn) != 0;
        if (isSyn && (!_hasInitialSequence || sequence != _initialSequence))
        {
            StartIncarnation(sequence);
        }

        string options = ReadOptions(tcp[20..headerBytes], isSyn);
        int window = BinaryPrimitives.ReadUInt16BigEndian(tcp[14..]) << (UsesScale && !isSyn ? _scale : 0);
        SentSegment segment = new(
            flags,
            sequence == 0 && (flags & TcpFlags.Reset) != 0 ? SentSegment.SequenceZero : unchecked((int)(sequence - _initialSequence)),
            isAcknowledgment ? unchecked((int)(acknowledgment - program.PeerInitialSequence)) : acknowledgment,
            payload.Length,
            options,
            window);
        if (!segment.IsReset)
        {
            Follow(segment, payload, isAcknowledgment);
        }

        return segment;
    }

    /// <summary>A connection begins: all that was said in an earlier one between the same end points is void.</summary>
    private void StartIncarnation(uint sequence)
    {
        _isFirst = !_hasInitialSequence;
        _hasInitialSequence = true;
        _initialSequence = sequence;
        _next = _unacknowledged = 0;
        if (!_isFirst)
        {
            _peerNext = _edge = 0;
        }
    }

    private void Follow(SentSegment segment, ReadOnlySpan<byte> payload, bool isAcknowledgment)
    {
        for (int i = 0; i < payload.Length && _isFirst; i++)
        {
            // The SYN is 0, so that the stream starts at 1.
            Assert.Equal(SentAt(segment.Sequence + i - 1), payload[i]);
        }

        _next = Math.Max(_next, segment.End);
        if (isAcknowledgment)
        {
            _peerNext = _edge == 0 ? segment.Acknowledgment : Math.Max(_peerNext, segment.Acknowledgment);
            _edge = _edge == 0 ? _peerNext + segment.WindowBytes : Math.Max(_edge, segment.Acknowledgment + segment.WindowBytes);
        }
    }

    private byte[] SynOptions(ArrivalEvent arrival, bool isAnswer)
    {
        List<byte> options = [];
        if (program.PeerSegmentBytes > 0)
        {
            options.AddRange([2, 4, (byte)(program.PeerSegmentBytes >> 8), (byte)program.PeerSegmentBytes]);
        }

        if (program.PeerSack && (!isAnswer || program.Options.Sack))
        {
            options.AddRange([1, 1, 4, 2]);
        }

        if (program.PeerTimestamps && (!isAnswer || _offersTimestamps) && arrival.Timestamps != TimestampPattern.Missing)
        {
            options.AddRange(Timestamps(arrival, isAnswer ? _latestTimestamp : 0));
        }

        if (program.PeerScale >= 0 && (!isAnswer || _offersScale))
        {
            options.AddRange([1, 3, 3, (byte)program.PeerScale]);
        }

        return [.. options];
    }

    private byte[] Options(ArrivalEvent arrival)
    {
        List<byte> options = [];
        if ((UsesTimestamps && arrival.Timestamps != TimestampPattern.Missing) || arrival.Timestamps == TimestampPattern.Unasked)
        {
            options.AddRange(Timestamps(arrival, _latestTimestamp));
        }

        if (arrival.Sack.Count > 0 && program.PeerSack && program.Options.Sack)
        {
            options.AddRange([1, 1, 5, (byte)(2 + (8 * arrival.Sack.Count))]);
            foreach ((int start, int end) in arrival.Sack)
            {
                options.AddRange(Number(start));
                options.AddRange(Number(end));
            }
        }

        return [.. options];
    }

    /// <summary>A sequence number of the implementation's, counted from what the peer has acknowledged.</summary>
    private byte[] Number(int offset)
    {
        byte[] number = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, unchecked(_initialSequence + (uint)(_unacknowledged + offset)));
        return number;
    }

    private byte[] Timestamps(ArrivalEvent arrival, uint echo)
    {
        byte[] option = [1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(4), arrival.Timestamps == TimestampPattern.Old ? ClockOrigin - 1000 : _clock);
        BinaryPrimitives.WriteUInt32BigEndian(
            option.AsSpan(8),
            arrival.Timestamps switch
            {
                TimestampPattern.WrongEcho => unchecked(echo + 1_000_000),
                TimestampPattern.ZeroEcho => 0,
                _ => echo,
            });
        return option;
    }

    private string ReadOptions(ReadOnlySpan<byte> options, bool isSyn)
    {
        List<string> texts = [];
        if (isSyn)
        {
            _offersTimestamps = false;
            _offersScale = false;
        }

        while (!options.IsEmpty && options[0] != 0)
        {
            if (options[0] == 1)
            {
                options = options[1..];
                continue;
            }

            ReadOnlySpan<byte> value = options[2..options[1]];
            switch (options[0])
            {
                case 2:
                    texts.Add(string.Create(CultureInfo.InvariantCulture, $"mss {BinaryPrimitives.ReadUInt16BigEndian(value)}"));
                    break;
                case 3:
                    _offersScale = true;
                    _scale = value[0];
                    texts.Add(string.Create(CultureInfo.InvariantCulture, $"scale {value[0]}"));
                    break;
                case 4:
                    texts.Add("sackOK");
                    break;
                case 5:
                    for (int at = 0; at < value.Length; at += 8)
                    {
                        texts.Add(string.Create(CultureInfo.InvariantCulture, $"sack {Place(value[at..])}-{Place(value[(at + 4)..])}"));
                    }

                    break;
                case 8:
                    _offersTimestamps |= isSyn;
                    _latestTimestamp = BinaryPrimitives.ReadUInt32BigEndian(value);
                    uint echo = BinaryPrimitives.ReadUInt32BigEndian(value[4..]);
                    texts.Add(string.Create(CultureInfo.InvariantCulture, $"echo {(echo == 0 ? "none" : unchecked((int)(echo - ClockOrigin)))}"));
                    break;
                default:
                    texts.Add(string.Create(CultureInfo.InvariantCulture, $"option {options[0]}"));
                    break;
            }

            options = options[options[1]..];
        }

        return string.Join(' ', texts);
    }

    /// <summary>A sequence number of the peer's, counted from the edge where the segment it lies in was.</summary>
    private string Place(ReadOnlySpan<byte> sequence)
    {
        int place = unchecked((int)(BinaryPrimitives.ReadUInt32BigEndian(sequence) - program.PeerInitialSequence));
        foreach ((long start, long end, long edge) in Enumerable.Reverse(_atEdge))
        {
            if (place >= start && place <= end)
            {
                return string.Create(CultureInfo.InvariantCulture, $"edge{place - edge:+0;-0;+0}");
            }
        }

        return place.ToString(CultureInfo.InvariantCulture);
    }
}
