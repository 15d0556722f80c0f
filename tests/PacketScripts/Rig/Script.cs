using System.Buffers.Binary;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.PacketScripts.Tests;

/// <summary>
/// A script: calls of sockets, packets that arrive, packets that must leave, each at its time. Times are milliseconds from
/// the script's start, and hold to the millisecond.
/// </summary>
internal sealed class Script : IDisposable
{
    public const int Inet = 2;
    public const int Stream = 1;
    public const int Datagram = 2;
    public const ushort OurPort = 8080;
    public const ushort PeerPort = 40_000;
    private const uint PeerInitialSequence = 0xFFFF_FF00;
    private const double ToleranceMilliseconds = 1;

    private readonly long _start;
    private readonly Dictionary<ushort, uint> _otherSequences = [];
    private uint? _ourInitialSequence;
    private uint? _timestampBase;
    private ushort _peerPort = PeerPort;

    public Script(string? flags = null)
        : this(new ScriptTable(flags))
    {
    }

    public Script(ScriptTable table)
    {
        Table = table;
        _start = table.Time();
    }

    public static IpAddress OurAddress { get; } = IpAddress.Parse("192.168.0.1");

    public static IpAddress PeerAddress { get; } = IpAddress.Parse("192.0.2.1");

    public ScriptTable Table { get; }

    /// <summary>The port of ours that packets come to.</summary>
    public ushort LocalPort { get; set; } = OurPort;

    /// <summary>The payload of the packet that left last.</summary>
    public byte[] LastPayload { get; private set; } = [];

    /// <summary>The milliseconds since the start.</summary>
    public double Now => (Table.Time() - _start) / 1000.0;

    public void Dispose() => Table.Dispose();

    /// <summary>An address as <c>sockaddr_in</c>.</summary>
    public static byte[] Address(IpAddress address, ushort port)
    {
        byte[] bytes = new byte[16];
        bytes[0] = Inet;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), port);
        address.Write(bytes.AsSpan(4));
        return bytes;
    }

    public static byte[] Number(int number) => BitConverter.GetBytes(number);

    /// <summary>Lets time pass until a time of the script.</summary>
    public void At(double milliseconds)
    {
        long left = _start + (long)(milliseconds * 1000) - Table.Time();
        if (left > 0)
        {
            Assert.Equal(0, Table.Sleep((uint)left));
        }
    }

    /// <summary>The peer speaks from another port until the scope ends.</summary>
    public PeerPortScope From(ushort port)
    {
        ushort before = _peerPort;
        SwitchPeer(port);
        return new PeerPortScope(this, before);
    }

    /// <summary>The peer is another port from now on; our sequence numbers towards each are remembered.</summary>
    public void SwitchPeer(ushort port)
    {
        if (_ourInitialSequence is { } sequence)
        {
            _otherSequences[_peerPort] = sequence;
        }

        _peerPort = port;
        _ourInitialSequence = _otherSequences.TryGetValue(port, out uint known) ? known : null;
    }

    /// <summary>Forgets our sequence numbers: the next packet is the first of a new connection.</summary>
    public void Renew()
    {
        _ourInitialSequence = null;
        _timestampBase = null;
    }

    /// <summary>A segment arrives from the peer.</summary>
    public void In(string line)
    {
        Segment segment = Segment.Parse(line);
        byte[] options = SegmentOptionsText.ShiftSack(segment.Options, _ourInitialSequence ?? 0);
        segment = segment with { Options = ShiftTimestamp(options, isEcho: true) };
        byte[] tcp = segment.ToBytes(_peerPort, LocalPort, PeerInitialSequence, _ourInitialSequence ?? 0);
        Assert.Equal(0, Table.WireSend(Datagrams.Wrap(tcp, 6, PeerAddress, OurAddress)));
    }

    /// <summary>The next packet that leaves is this segment, now.</summary>
    public void Out(string line) => OutAt(Now, line);

    /// <summary>The next packet that leaves is this segment, at a time.</summary>
    public void OutAt(double milliseconds, string line)
    {
        Segment? sent = Take(line, out double at);
        Assert.True(sent is not null, $"nothing was sent; expected '{line}'");
        Assert.Equal(line, sent.ToLine(line.Contains(" win ", StringComparison.Ordinal)));
        Assert.InRange(at, milliseconds - ToleranceMilliseconds, milliseconds + ToleranceMilliseconds);
    }

    /// <summary>The next packet that leaves, whatever it is; null where none does.</summary>
    public string? OutAny() => OutAny(out _);

    public string? OutAny(out double milliseconds, bool namesWindow = false) => Take("", out milliseconds)?.ToLine(namesWindow);

    private Segment? Take(string line, out double milliseconds)
    {
        byte[] packet = Table.WireReceive(out long at, out int result);
        milliseconds = (at - _start) / 1000.0;
        Assert.Equal(0, result);
        if (packet.Length == 0)
        {
            return null;
        }

        Datagrams.Verify(packet, 6);
        ReadOnlySpan<byte> tcp = packet.AsSpan(20);
        LastPayload = tcp[(tcp[12] >> 4 << 2)..].ToArray();
        LocalPort = BinaryPrimitives.ReadUInt16BigEndian(tcp);
        _ourInitialSequence ??= BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]);
        Segment sent = Segment.Read(tcp, _ourInitialSequence.Value, PeerInitialSequence);
        LearnTimestamps(sent.Options, line);
        byte[] options = SegmentOptionsText.ShiftSack(sent.Options, unchecked(0 - PeerInitialSequence));
        return sent with { Options = ShiftTimestamp(options, isEcho: false) };
    }

    /// <summary>Nothing leaves until a time of the script.</summary>
    public void SilentUntil(double milliseconds)
    {
        At(milliseconds);

        // What the peer's question brings is the first thing to leave.
        Table.WireSend(Datagrams.EchoRequest(PeerAddress, OurAddress));
        byte[] packet = Table.WireReceive(out _, out _);
        Assert.True(packet[9] == 1, packet[9] == 6 ? "sent " + Segment.Read(packet.AsSpan(20), _ourInitialSequence ?? 0, PeerInitialSequence).ToLine(true) : "sent something");
    }

    /// <summary>A listening socket.</summary>
    public int Listening(int backlog = 5)
    {
        int fd = Table.Socket(Inet, Stream, 0);
        Assert.True(fd >= 0);
        Assert.Equal(0, Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.ReuseAddress, Number(1)));
        Assert.Equal(0, Table.Bind(fd, Address(IpAddress.AnyV4, OurPort)));
        Assert.Equal(0, Table.Listen(fd, backlog));
        return fd;
    }

    /// <summary>A connection that the peer opened at time 0, accepted; nothing but a maximum segment size was agreed on.</summary>
    public int Accepted(string options = "mss 1000", string answer = "mss 1460", int window = 50_000, string timestamps = "")
    {
        int listener = Listening();
        In($"S 0:0(0) win {window} <{options}>");
        Out($"S. 0:0(0) ack 1 <{answer}>");
        In($". 1:1(0) ack 1 win {window}{(timestamps.Length > 0 ? $" <{timestamps}>" : "")}");
        return Accept(listener);
    }

    public int Accept(int listener)
    {
        byte[] address = new byte[16];
        uint length = 16;
        int fd = Table.Accept(listener, address, ref length);
        Assert.True(fd >= 0, $"accept failed with {ScriptTable.Errno}");
        Assert.Equal(16u, length);
        Assert.Equal(Address(PeerAddress, PeerPort), address);
        return fd;
    }

    public void Fails(int errno, int result)
    {
        int said = ScriptTable.Errno;
        Assert.Equal(-1, result);
        Assert.Equal(errno, said);
    }

    public int Option(int fd, int level, int option)
    {
        byte[] value = new byte[4];
        uint length = 4;
        Assert.Equal(0, Table.GetOption(fd, level, option, value, ref length));
        Assert.Equal(4u, length);
        return BitConverter.ToInt32(value);
    }

    public short Poll(int fd, short events, int timeoutMilliseconds = 0)
    {
        PollDescriptor[] one = [new PollDescriptor { Number = fd, Events = events }];
        int ready = Table.Poll(one, timeoutMilliseconds);
        Assert.Equal(one[0].Returned != 0 ? 1 : 0, ready);
        return one[0].Returned;
    }

    /// <summary>Moves a time of our clock between the script and the wire: the first one seen is the value that the script has for it.</summary>
    private byte[] ShiftTimestamp(byte[] options, bool isEcho)
    {
        byte[] shifted = [.. options];
        int place = SegmentOptionsText.FindTimestamps(shifted) + (isEcho ? 6 : 2);
        if (SegmentOptionsText.FindTimestamps(shifted) >= 0)
        {
            uint value = BinaryPrimitives.ReadUInt32BigEndian(shifted.AsSpan(place));
            uint distance = _timestampBase ?? 0;
            if (value != 0 || !isEcho)
            {
                BinaryPrimitives.WriteUInt32BigEndian(shifted.AsSpan(place), isEcho ? unchecked(value + distance) : unchecked(value - distance));
            }
        }

        return shifted;
    }

    private void LearnTimestamps(byte[] options, string line)
    {
        int place = SegmentOptionsText.FindTimestamps(options);
        if (_timestampBase is null && place >= 0 && line.Contains("TS val ", StringComparison.Ordinal))
        {
            uint wanted = uint.Parse(line.Split("TS val ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            _timestampBase = unchecked(BinaryPrimitives.ReadUInt32BigEndian(options.AsSpan(place + 2)) - wanted);
        }
    }
}
