using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Tcp.Tests;

/// <summary>
/// One host under test and a peer played by the test, segment by segment. Sequence numbers are relative: 0 is the SYN of
/// either side.
/// </summary>
internal sealed class Machine
{
    public const TcpFlags Syn = TcpFlags.Syn;
    public const TcpFlags Ack = TcpFlags.Acknowledgment;
    public const TcpFlags Fin = TcpFlags.Fin;
    public const TcpFlags Rst = TcpFlags.Reset;
    public const TcpFlags Psh = TcpFlags.Push;
    public const TcpFlags Urg = TcpFlags.Urgent;
    public const ushort ListenPort = 80;
    public const uint PeerInitialSequence = 0xFFFF_F000;
    public const int PeerWindow = 20_000;

    public Machine(TcpConnectionOptions? connection = null, TcpOptions? options = null, int mtuBytes = 1500, DeviceOffloads offloads = 0, int poolBlocks = 4096, IpHostOptions? host = null)
    {
        Wire = new TestWire(mtuBytes, offloads);
        Pool = new PacketPool(poolBlocks);
        Host = new IpHost(Pool, new TimerWheel(), new SeededEntropy(3), host);
        Host.Attach(Wire, () => { }).Add(new IpPrefix(OurAddress, 24));
        Options = connection ?? Plain;
        Tcp = new TcpDemultiplexer(Host, options);
        Turn();
    }

    /// <summary>No options but the maximum segment size, so that windows and sizes are the plain numbers.</summary>
    public static TcpConnectionOptions Plain { get; } = new()
    {
        Timestamps = false,
        WindowScale = -1,
        SelectiveAcknowledgments = false,
        CongestionController = static _ => new NewReno(),
    };

    public static IpAddress OurAddress { get; } = IpAddress.Parse("10.0.0.1");

    public static IpAddress PeerAddress { get; } = IpAddress.Parse("10.0.0.2");

    public TestWire Wire { get; }

    public PacketPool Pool { get; }

    public IpHost Host { get; }

    public TcpDemultiplexer Tcp { get; }

    public TcpConnectionOptions Options { get; }

    public Instant Now { get; set; } = new(5_000_000_000);

    public IpEndPoint Ours { get; set; } = new(OurAddress, ListenPort);

    public IpEndPoint Peer { get; set; } = new(PeerAddress, 5000);

    public TcpListenEndpoint? Listener { get; set; }

    public TcpConnection Connection { get; set; } = null!;

    /// <summary>Our initial sequence number, as the SYN showed it.</summary>
    public uint InitialSequence { get; set; }

    /// <summary>The TOS byte of the peer's packets.</summary>
    public byte PeerTrafficClass { get; set; }

    /// <summary>What the peer sends next.</summary>
    public int PeerNext { get; set; }

    /// <summary>The receive window that the last segment taken from the wire offered, counted from the peer's first byte.</summary>
    public int OfferedBytes { get; set; }

    /// <summary>What the peer has acknowledged.</summary>
    public int Acknowledged { get; set; }

    public long this[DropReason reason] => Host.Counters[reason];

    public void Turn()
    {
        bool isReady = true;
        for (int turn = 0; isReady && turn < 100; turn++)
        {
            Host.Receive(Now, 64);
            Host.TimersExpire(Now);
            isReady = Host.Transmit(Now, 10_000);
        }
    }

    /// <summary>Lets time pass, with a turn at every deadline on the way.</summary>
    public void Pass(Duration time)
    {
        Instant end = Now + time;
        Turn();
        while (Host.NextDeadline <= end)
        {
            Now = Instant.Max(Now, Host.NextDeadline);
            Turn();
        }

        Now = end;
        Turn();
    }

    public void PassMilliseconds(long milliseconds) => Pass(Duration.FromMilliseconds(milliseconds));

    /// <summary>A segment from the peer, and a turn.</summary>
    public void Receive(TcpFlags flags, int sequence, int acknowledgment, int payloadBytes = 0, int window = PeerWindow, byte[]? options = null, int urgentPointer = 0)
    {
        Inject(flags, sequence, acknowledgment, payloadBytes, window, options, urgentPointer);
        Turn();
    }

    public void Inject(TcpFlags flags, int sequence, int acknowledgment, int payloadBytes = 0, int window = PeerWindow, byte[]? options = null, int urgentPointer = 0)
    {
        byte[] payload = new byte[payloadBytes];
        for (int i = 0; i < payloadBytes; i++)
        {
            payload[i] = PayloadAt(sequence + i + ((flags & Syn) != 0 ? 1 : 0));
        }

        uint ack = (flags & Ack) != 0 ? unchecked(InitialSequence + (uint)acknowledgment) : 0;
        Wire.Inject(Packets.Tcp(
            Peer, Ours, unchecked(PeerInitialSequence + (uint)sequence), ack, flags, window, options, payload, PeerTrafficClass, urgentPointer));
    }

    /// <summary>The byte of the peer's stream at a sequence number.</summary>
    public static byte PayloadAt(int sequence) => (byte)(sequence * 7);

    /// <summary>The next segment that was sent.</summary>
    public SentSegment Take()
    {
        Assert.True(Wire.FromHost.TryDequeue(out byte[]? packet), "nothing was sent");
        SentSegment sent = SentSegment.Read(packet, Now);
        if ((sent.Flags & Ack) != 0)
        {
            OfferedBytes = unchecked((int)(sent.Acknowledgment - PeerInitialSequence)) - 1 + sent.Window;
        }

        return sent;
    }

    /// <summary>The next segment that was sent is this one.</summary>
    public SentSegment Expect(TcpFlags flags, int sequence, int acknowledgment, int payloadBytes = 0)
    {
        SentSegment sent = Take();
        Assert.Equal(
            (flags, sequence, (flags & Ack) != 0 ? acknowledgment : 0, payloadBytes),
            (sent.Flags,
             unchecked((int)(sent.Sequence - InitialSequence)),
             (flags & Ack) != 0 ? unchecked((int)(sent.Acknowledgment - PeerInitialSequence)) : 0,
             sent.Payload.Length));
        return sent;
    }

    public void ExpectNothing()
    {
        if (Wire.FromHost.TryDequeue(out byte[]? packet))
        {
            SentSegment sent = SentSegment.Read(packet, Now);
            Assert.Fail(
                $"sent {sent.Flags} seq {unchecked((int)(sent.Sequence - InitialSequence))} ack {unchecked((int)(sent.Acknowledgment - PeerInitialSequence))} with {sent.Payload.Length} bytes");
        }
    }

    /// <summary>Appends payload, and turns.</summary>
    public void Send(int bytes)
    {
        Append(bytes);
        Turn();
    }

    public void Append(int bytes)
    {
        byte[] payload = new byte[bytes];
        Array.Fill(payload, (byte)0x5A);
        Connection.Append(Pool.TryLeaseCopy(payload, 0)!, Now);
    }

    /// <summary>Takes and consumes what has arrived.</summary>
    public byte[] Read(bool isConsumed = true)
    {
        if (Connection.TakeReceived() is not { } chain)
        {
            return [];
        }

        byte[] data = new byte[chain.TotalLength];
        chain.CopyTo(data);
        Pool.Return(chain);
        if (isConsumed)
        {
            Connection.Consumed(data.Length, Now);
        }

        return data;
    }

    /// <summary>Nothing leaked, and every frame that came ended in one place.</summary>
    public void AssertBalanced()
    {
        Assert.True(Pool.OutstandingBlocks == 0, Pool.DescribeOutstanding());
        Assert.Equal(0, Pool.OutstandingSlices);
        long ended = Host.Counters[Counter.FramesDelivered] + Host.Counters.TotalDrops;
        Assert.True(
            Host.Counters[Counter.FramesReceived] == ended,
            $"{Host.Counters[Counter.FramesReceived]} frames came and {ended} ended: {Host.Counters[Counter.FramesDelivered]} delivered, dropped "
            + string.Join(", ", Enum.GetValues<DropReason>().Where(reason => this[reason] > 0).Select(reason => $"{reason} {this[reason]}")));
    }
}
