using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

[Collection(nameof(HeapMeasurement))]
public class SynCookieTests
{
    private static TcpOptions Always { get; } = new() { SynCookies = SynCookieUse.Always };

    private static TcpConnectionOptions AllOptions { get; } = new();

    [Fact]
    [Trait("RFC", "4987 §3.6")]
    public void A_SYN_answered_with_a_cookie_leaves_nothing_behind()
    {
        Machine machine = new Machine(options: Always).Listen();

        machine.Receive(Syn, 0, 0, options: MachineStates.Mss(1000));

        SentSegment answer = machine.Take();
        Assert.Equal(Syn | Ack, answer.Flags);
        Assert.Equal(unchecked(PeerInitialSequence + 1), answer.Acknowledgment);
        Assert.Equal(MachineStates.Mss(1460), answer.Options);
        Assert.Equal((0, 0), (machine.Tcp.ConnectionCount, machine.Listener!.SynQueueLength));
        Assert.Equal(Instant.Never, machine.Host.NextDeadline);
        machine.AssertBalanced();
    }

    [Theory]
    [Trait("RFC", "4987 §3.6")]
    [InlineData(0, 65_535)]
    [InlineData(5_000, 5_000)]
    [InlineData(200_000, 65_535)]
    public void The_window_told_with_a_cookie_is_the_one_the_connection_has(int bufferBytes, int window)
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = bufferBytes }, Always).Listen();
        Assert.Equal(window, Answered(machine, MachineStates.Mss(1000)).Window);

        machine.Receive(Ack, 1, 1);
        machine.Connection = machine.Listener!.TryAccept()!;

        Assert.Equal(window, machine.Connection.TakeSnapshot(machine.Now).ReceiveWindowBytes);
    }

    [Fact]
    [Trait("RFC", "4987 §3.6")]
    public void The_acknowledgment_of_a_cookie_opens_the_connection()
    {
        Machine machine = new Machine(options: Always).Listen();
        Answered(machine, MachineStates.Mss(1000));

        machine.Receive(Ack, 1, 1);

        machine.ExpectNothing();
        machine.Connection = machine.Listener!.TryAccept()!;
        Assert.Equal(TcpState.Established, machine.Connection.State);
        Assert.Equal(1, machine.Host.Counters[Counter.TcpPassiveOpens]);
        machine.Send(100);
        machine.Expect(Psh | Ack, 1, 1, 100);
        machine.Receive(Ack, 1, 101, 40);
        Assert.Equal(40, machine.Read().Length);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "4987 §3.6")]
    public void Data_that_comes_with_the_acknowledgment_is_delivered()
    {
        Machine machine = new Machine(options: Always).Listen();
        Answered(machine, MachineStates.Mss(1000));

        machine.Receive(Ack | Psh | Fin, 1, 1, 200);

        machine.Connection = machine.Listener!.TryAccept()!;
        machine.Expect(Ack, 1, 202);
        Assert.Equal(TcpState.CloseWait, machine.Connection.State);
        Assert.Equal(Enumerable.Range(1, 200).Select(PayloadAt), machine.Read());
    }

    [Theory]
    [InlineData(0, 536)]
    [InlineData(10, 48)]
    [InlineData(500, 48)]
    [InlineData(536, 536)]
    [InlineData(1219, 536)]
    [InlineData(1220, 1220)]
    [InlineData(1452, 1440)]
    [InlineData(1460, 1460)]
    [InlineData(9000, 1460)]
    [Trait("RFC", "4987 §3.6")]
    public void A_cookie_keeps_the_maximum_segment_size_rounded_down(int offered, int kept)
    {
        Machine machine = new Machine(options: Always).Listen();
        Answered(machine, offered == 0 ? [] : MachineStates.Mss(offered));

        machine.Receive(Ack, 1, 1);

        Assert.Equal(kept, machine.Listener!.TryAccept()!.SegmentBytes);
    }

    [Fact]
    [Trait("RFC", "4987 §3.6")]
    public void A_cookie_keeps_the_maximum_segment_size_of_a_jumbo_path()
    {
        Machine machine = new Machine(options: Always, mtuBytes: 9000).Listen();
        Answered(machine, MachineStates.Mss(8960));

        machine.Receive(Ack, 1, 1);

        Assert.Equal(8940, machine.Listener!.TryAccept()!.SegmentBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(14)]
    [Trait("RFC", "4987 §3.6, 7323 §2.2")]
    public void With_timestamps_a_cookie_keeps_the_window_scale(int scale)
    {
        Machine machine = new Machine(AllOptions, Always).Listen();
        SentSegment answer = Answered(
            machine, [.. MachineStates.Mss(1460), .. OptionTests.Timestamps(700, 0), 1, 3, 3, (byte)scale]);
        Assert.Equal(8, ScaleOf(answer));

        machine.Receive(Ack, 1, 1, window: 100, options: OptionTests.Timestamps(701, TimestampOf(answer)));
        machine.Connection = machine.Listener!.TryAccept()!;

        // The window lets through what 100 units of the peer's scale are, and one segment at least.
        machine.Send(150);
        machine.Expect(scale == 0 ? Ack : Psh | Ack, 1, 1, scale == 0 ? 100 : 150);
        Assert.Equal(1448, machine.Connection.SegmentBytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC", "4987 §3.6, 2018 §2")]
    public void With_timestamps_a_cookie_keeps_that_SACK_is_permitted(bool isPermitted)
    {
        Machine machine = new Machine(AllOptions, Always).Listen();
        byte[] sack = isPermitted ? [4, 2, 1, 1] : [];
        SentSegment answer = Answered(machine, [.. MachineStates.Mss(1460), .. sack, .. OptionTests.Timestamps(700, 0)]);

        Assert.Equal(isPermitted, answer.Options.AsSpan(4).StartsWith((byte[])[4, 2]));
        uint value = TimestampOf(answer);
        Assert.Equal(isPermitted ? 16U : 0U, value & 16);
        Assert.Equal(15U, value & 15);
    }

    [Fact]
    [Trait("RFC", "4987 §3.6")]
    public void Without_timestamps_nothing_is_agreed_upon_that_the_cookie_cannot_keep()
    {
        Machine machine = new Machine(AllOptions, Always).Listen();

        SentSegment answer = Answered(machine, [.. MachineStates.Mss(1460), 4, 2, 1, 1, 1, 3, 3, 7]);

        Assert.Equal(MachineStates.Mss(1460), answer.Options);
    }

    [Fact]
    [Trait("RFC", "7323 §5.4")]
    public void The_clock_of_a_cookie_does_not_run_ahead_of_the_connection()
    {
        Machine machine = new Machine(AllOptions, Always).Listen();
        for (int i = 0; i < 200; i++)
        {
            machine.Peer = new IpEndPoint(PeerAddress, (ushort)(6000 + i));
            machine.PassMilliseconds(1);
            SentSegment answer = Answered(machine, [.. MachineStates.Mss(1460), .. OptionTests.Timestamps(700, 0), 1, 3, 3, 9]);
            machine.Receive(Ack, 1, 1, 10, options: OptionTests.Timestamps(700, TimestampOf(answer)));
            SentSegment acknowledgment = machine.Take();
            uint later = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(acknowledgment.Options.AsSpan(4));
            Assert.InRange((int)(later - TimestampOf(answer)), 0, 127);
            machine.Listener!.TryAccept()!.Abort(machine.Now);
            machine.Turn();
            machine.Wire.FromHost.Clear();
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(1 << 24, false)]
    [InlineData(-(1 << 24), false)]
    [Trait("RFC", "9293 §3.10.7.2")]
    public void A_wrong_acknowledgment_is_answered_with_a_reset(int acknowledgment, bool isRight)
    {
        Machine machine = new Machine(options: Always).Listen();
        Answered(machine, MachineStates.Mss(1460));

        // The cookies beside the right one may stand for other sizes: those are good, too, if only by their sequence number.
        machine.Receive(Ack, 1, acknowledgment == 2 ? 100 : acknowledgment == 0 ? -100 : acknowledgment);

        if (isRight)
        {
            machine.ExpectNothing();
            Assert.Equal(1, machine.Listener!.AcceptQueueLength);
        }
        else
        {
            Assert.Equal(Rst, machine.Take().Flags);
            Assert.Equal((0, 1), (machine.Tcp.ConnectionCount, machine.Host.Counters[Counter.TcpCookiesRefused]));
        }
    }

    [Fact]
    [Trait("RFC", "4987 §3.6")]
    public void A_cookie_is_good_for_its_own_ends_and_sequence_number_only()
    {
        Machine machine = new Machine(options: Always).Listen();
        Answered(machine, MachineStates.Mss(1460));

        machine.Receive(Ack, 2, 1);
        Assert.Equal(Rst, machine.Take().Flags);
        machine.Peer = new IpEndPoint(PeerAddress, 5001);
        machine.Receive(Ack, 1, 1);
        Assert.Equal(Rst, machine.Take().Flags);
        machine.Peer = new IpEndPoint(IpAddress.Parse("10.0.0.3"), 5000);
        machine.Receive(Ack, 1, 1);
        Assert.Equal(Rst, machine.Take().Flags);

        Assert.Equal(0, machine.Tcp.ConnectionCount);
        Assert.Equal(3, machine.Host.Counters[Counter.TcpCookiesRefused]);
    }

    [Theory]
    [InlineData(59, true)]
    [InlineData(125, false)]
    [Trait("RFC", "4987 §3.6")]
    public void A_cookie_is_good_for_two_minutes_at_most(int seconds, bool isGood)
    {
        Machine machine = new Machine(options: Always).Listen();
        Answered(machine, MachineStates.Mss(1460));
        IpEndPoint first = machine.Peer;
        uint cookie = machine.InitialSequence;

        // Another cookie goes out in the meantime: the age alone decides.
        machine.Pass(Duration.FromSeconds(seconds));
        machine.Peer = new IpEndPoint(PeerAddress, 5001);
        Answered(machine, MachineStates.Mss(1460));
        machine.Peer = first;
        machine.InitialSequence = cookie;
        machine.Receive(Ack, 1, 1);

        Assert.Equal(isGood ? 1 : 0, machine.Listener!.AcceptQueueLength);
        Assert.Equal(isGood ? 0 : 1, machine.Wire.FromHost.Count);
    }

    [Fact]
    [Trait("RFC", "4987 §3.6")]
    public void Where_no_cookie_is_out_none_is_looked_for()
    {
        Machine machine = new Machine().Listen();

        machine.Receive(Ack, 1, 1);

        Assert.Equal(Rst, machine.Take().Flags);
        Assert.Equal(0, machine.Host.Counters[Counter.TcpCookiesRefused]);
    }

    [Fact]
    [Trait("RFC", "4987 §3.6")]
    public void Cookies_are_used_when_the_queue_is_full_and_not_before()
    {
        Machine machine = new Machine(options: new TcpOptions { SynQueueLength = 2 }).Listen();
        for (ushort port = 5000; port < 5010; port++)
        {
            machine.Peer = new IpEndPoint(PeerAddress, port);
            Answered(machine, MachineStates.Mss(1460));
        }

        Assert.Equal(2, machine.Listener!.SynQueueLength);
        Assert.Equal(2, machine.Tcp.ConnectionCount);
        Assert.Equal(8, machine.Host.Counters[Counter.TcpCookiesTransmitted]);
        machine.Receive(Ack, 1, 1);
        Assert.Equal(1, machine.Listener!.AcceptQueueLength);
    }

    [Fact]
    [Trait("RFC", "4987 §3.3")]
    public void A_half_open_connection_takes_less_than_a_kilobyte_and_no_buffer()
    {
        const int Count = 10_000;
        Machine machine = new Machine(new TcpConnectionOptions(), new TcpOptions { SynQueueLength = Count }).Listen();
        Answered(machine, MachineStates.Mss(1460));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            machine.Peer = new IpEndPoint(PeerAddress, (ushort)(6000 + i));
            machine.Receive(Syn, 0, 0, options: [.. MachineStates.Mss(1460), .. OptionTests.Timestamps(5, 0), 1, 3, 3, 7]);
            machine.Wire.FromHost.Clear();
        }

        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        Assert.Equal(Count, machine.Listener!.SynQueueLength);
        Assert.InRange(each, 100, 1000);
        Assert.Equal(0, machine.Pool.OutstandingBlocks);
    }

    [Fact]
    [Trait("RFC", "4987 §3.6")]
    public void Where_cookies_are_never_used_a_full_queue_drops_the_SYN()
    {
        Machine machine = new Machine(options: new TcpOptions { SynQueueLength = 1, SynCookies = SynCookieUse.Never }).Listen();
        Answered(machine, MachineStates.Mss(1460));
        machine.Peer = new IpEndPoint(PeerAddress, 5001);

        machine.Receive(Syn, 0, 0);

        machine.ExpectNothing();
        Assert.Equal(1, machine[DropReason.TcpBacklogFull]);
    }

    [Fact]
    [Trait("RFC", "4987 §3.6")]
    public void A_full_accept_queue_holds_for_cookies_too()
    {
        Machine machine = new Machine(options: Always).Listen(backlog: 1);
        Answered(machine, MachineStates.Mss(1460));
        machine.Peer = new IpEndPoint(PeerAddress, 5001);
        uint first = machine.InitialSequence;
        Answered(machine, MachineStates.Mss(1460));
        machine.Receive(Ack, 1, 1);
        Assert.Equal(1, machine.Listener!.AcceptQueueLength);

        // The acknowledgment is dropped, and the next one opens the connection once there is room.
        machine.Peer = new IpEndPoint(PeerAddress, 5000);
        machine.InitialSequence = first;
        machine.Receive(Ack, 1, 1);
        machine.ExpectNothing();
        Assert.Equal(1, machine[DropReason.TcpBacklogFull]);
        machine.Receive(Syn, 0, 0);
        machine.ExpectNothing();
        Assert.NotNull(machine.Listener.TryAccept());
        machine.Receive(Ack, 1, 1, 20);
        Assert.Equal(1, machine.Listener.AcceptQueueLength);
        Assert.Equal(machine.Peer, machine.Listener.TryAccept()!.RemoteEndPoint);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void The_acknowledgment_that_finds_the_accept_queue_full_is_dropped_and_the_SYN_ACK_sent_again()
    {
        Machine machine = new Machine().Listen(backlog: 1);
        machine.SynReceived();
        uint first = machine.InitialSequence;
        machine.Peer = new IpEndPoint(PeerAddress, 5001);
        machine.SynReceived();
        machine.Receive(Ack, 1, 1);
        machine.Peer = new IpEndPoint(PeerAddress, 5000);
        machine.InitialSequence = first;

        machine.Receive(Ack, 1, 1);

        machine.ExpectNothing();
        Assert.Equal(1, machine[DropReason.TcpBacklogFull]);
        machine.PassMilliseconds(1001);
        machine.Expect(Syn | Ack, 0, 1);
        Assert.NotNull(machine.Listener!.TryAccept());
        machine.Receive(Ack, 1, 1);
        Assert.Equal(1, machine.Listener!.AcceptQueueLength);
    }

    /// <summary>The peer's SYN is answered with a cookie.</summary>
    private static SentSegment Answered(Machine machine, byte[] options)
    {
        machine.Receive(Syn, 0, 0, options: options);
        SentSegment answer = machine.Take();
        Assert.Equal(Syn | Ack, answer.Flags);
        machine.InitialSequence = answer.Sequence;
        return answer;
    }

    /// <summary>The timestamp of a SYN,ACK, where it stands behind the maximum segment size.</summary>
    private static uint TimestampOf(SentSegment answer)
    {
        Assert.Equal([8, 10], answer.Options[6..8]);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(answer.Options.AsSpan(8));
    }

    private static int ScaleOf(SentSegment answer)
    {
        Assert.Equal([1, 3, 3], answer.Options[16..19]);
        return answer.Options[19];
    }
}
