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
    private const long ToleranceMicroseconds = 1_000;

    private readonly long _start;
    private uint? _ourInitialSequence;
    private uint? _timestampBase;

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

    /// <summary>A segment arrives from the peer.</summary>
    public void In(string line)
    {
        Segment segment = Segment.Parse(line);
        byte[] tcp = segment.ToBytes(PeerPort, LocalPort, PeerInitialSequence, _ourInitialSequence ?? 0);
        Assert.Equal(0, Table.WireSend(Datagrams.Wrap(tcp, 6, PeerAddress, OurAddress)));
    }

    /// <summary>The next packet that leaves is this segment, now.</summary>
    public void Out(string line) => OutAt(Now, line);

    /// <summary>The next packet that leaves is this segment, at a time.</summary>
    public void OutAt(double milliseconds, string line)
    {
        byte[] packet = Table.WireReceive(out long at, out int result);
        Assert.Equal(0, result);
        Assert.True(packet.Length > 0, $"nothing was sent; expected '{line}'");
        Datagrams.Verify(packet, 6);
        ReadOnlySpan<byte> tcp = packet.AsSpan(20);
        LocalPort = BinaryPrimitives.ReadUInt16BigEndian(tcp);
        _ourInitialSequence ??= BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]);
        Segment sent = Segment.Read(tcp, _ourInitialSequence.Value, PeerInitialSequence);
        string expected = line;
        if (line.Contains(" TS ", StringComparison.Ordinal) || line.Contains("TS val", StringComparison.Ordinal))
        {
            sent = sent with { Options = ShiftTimestamp(sent.Options, line) };
        }

        Assert.Equal(expected, sent.ToLine(line.Contains(" win ", StringComparison.Ordinal)));
        Assert.InRange(at - _start, (long)(milliseconds * 1000) - ToleranceMicroseconds, (long)(milliseconds * 1000) + ToleranceMicroseconds);
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
    public int Accepted(string options = "mss 1000", string answer = "mss 1460", int window = 50_000)
    {
        int listener = Listening();
        In($"S 0:0(0) win {window} <{options}>");
        Out($"S. 0:0(0) ack 1 <{answer}>");
        In($". 1:1(0) ack 1 win {window}");
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

    /// <summary>Moves our timestamps to the script's: the first one seen is the value the script has for it.</summary>
    private byte[] ShiftTimestamp(byte[] options, string line)
    {
        byte[] shifted = [.. options];
        int place = Array.IndexOf(shifted, (byte)8);
        while (place >= 0 && (place + 10 > shifted.Length || shifted[place + 1] != 10))
        {
            place = Array.IndexOf(shifted, (byte)8, place + 1);
        }

        if (place >= 0)
        {
            uint value = BinaryPrimitives.ReadUInt32BigEndian(shifted.AsSpan(place + 2));
            uint wanted = uint.Parse(line.Split("TS val ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            _timestampBase ??= unchecked(value - wanted);
            BinaryPrimitives.WriteUInt32BigEndian(shifted.AsSpan(place + 2), unchecked(value - _timestampBase.Value));
        }

        return shifted;
    }
}
