using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class EcnTests
{
    private const TcpFlags Ece = TcpFlags.EcnEcho;
    private const TcpFlags Cwr = TcpFlags.CongestionWindowReduced;
    private const int Ect0 = 2;
    private const int Ce = 3;

    private static TcpConnectionOptions Asking { get; } = Plain with { Ecn = EcnUse.Ask };

    [Theory]
    [InlineData(EcnUse.Off, TcpFlags.None)]
    [InlineData(EcnUse.Accept, TcpFlags.None)]
    [InlineData(EcnUse.Ask, Ece | Cwr)]
    [InlineData(EcnUse.AcceptAccurate, TcpFlags.None)]
    [Trait("RFC", "3168 §6.1.1")]
    public void A_SYN_asks_for_ECN_by_both_bits(EcnUse use, TcpFlags bits)
    {
        Machine machine = new Machine(Plain with { Ecn = use }).Open();

        SentSegment syn = machine.Take();

        Assert.Equal(Syn | bits, syn.Flags);
        Assert.Equal(0, syn.TrafficClass);
    }

    [Theory]
    [InlineData(EcnUse.Off, Ece | Cwr, TcpFlags.None)]
    [InlineData(EcnUse.Accept, Ece | Cwr, Ece)]
    [InlineData(EcnUse.Ask, Ece | Cwr, Ece)]
    [InlineData(EcnUse.AcceptAccurate, Ece | Cwr, Ece)]
    [InlineData(EcnUse.Accept, Ece, TcpFlags.None)]
    [InlineData(EcnUse.Accept, Cwr, TcpFlags.None)]
    [InlineData(EcnUse.Accept, TcpFlags.None, TcpFlags.None)]
    [Trait("RFC", "3168 §6.1.1")]
    public void A_SYN_ACK_agrees_to_ECN_by_one_bit(EcnUse use, TcpFlags asked, TcpFlags answered)
    {
        Machine machine = new Machine(Plain with { Ecn = use }).Listen();

        machine.Receive(Syn | asked, 0, 0);

        SentSegment answer = machine.Take();
        Assert.Equal(Syn | Ack | answered, answer.Flags);
        Assert.Equal(0, answer.TrafficClass);
        machine.InitialSequence = answer.Sequence;
        machine.Receive(Ack, 1, 1);
        Assert.Equal(answered != 0, machine.Listener!.TryAccept()!.UsesEcn);
    }

    [Theory]
    [InlineData(Ece, true)]
    [InlineData(TcpFlags.None, false)]
    [InlineData(Ece | Cwr, false)]
    [Trait("RFC", "3168 §6.1.1")]
    public void ECN_is_used_where_the_SYN_ACK_agrees_and_not_where_it_reflects_our_bits(TcpFlags bits, bool isUsed)
    {
        Machine machine = Opened(bits);

        machine.Send(100);

        SentSegment sent = machine.Expect(Psh | Ack, 1, 1, 100);
        Assert.Equal(isUsed ? Ect0 : 0, sent.TrafficClass);
        Assert.Equal((isUsed, false), (machine.Connection.UsesEcn, machine.Connection.UsesAccurateEcn));
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.1.1")]
    public void A_SYN_that_was_lost_goes_out_again_without_asking()
    {
        Machine machine = new Machine(Asking).Open();
        machine.InitialSequence = machine.Take().Sequence;

        machine.PassMilliseconds(1001);
        machine.Expect(Syn, 0, 0);

        // The answer to the first one still agrees: marks are echoed, but nothing is sent as ECN-capable.
        machine.Receive(Syn | Ack | Ece, 0, 1, options: MachineStates.Mss(1000));
        machine.Expect(Ack, 1, 1);
        machine.Send(100);
        Assert.Equal(0, machine.Expect(Psh | Ack, 1, 1, 100).TrafficClass);
        machine.PeerTrafficClass = Ce;
        machine.Receive(Ack, 1, 101, 50);
        machine.Expect(Ack | Ece, 101, 51);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.1.1")]
    public void A_SYN_that_comes_again_without_asking_is_answered_without_agreeing()
    {
        Machine machine = new Machine(Asking).Listen();
        machine.Receive(Syn | Ece | Cwr, 0, 0);
        Assert.Equal(Syn | Ack | Ece, machine.Take().Flags);

        machine.Receive(Syn, 0, 0);

        SentSegment answer = machine.Take();
        Assert.Equal(Syn | Ack, answer.Flags);
        machine.InitialSequence = answer.Sequence;
        machine.Receive(Ack, 1, 1);
        Assert.False(machine.Listener!.TryAccept()!.UsesEcn);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.4, §6.1.5")]
    public void New_data_alone_is_ECN_capable()
    {
        Machine machine = Opened(Ece);
        machine.Send(2000);
        Assert.Equal(Ect0, machine.Expect(Ack, 1, 1, 1000).TrafficClass);
        Assert.Equal(Ect0, machine.Expect(Psh | Ack, 1001, 1, 1000).TrafficClass);

        machine.PassMilliseconds(1500);
        Assert.Equal(0, machine.Take().TrafficClass);
        machine.Wire.FromHost.Clear();
        machine.Receive(Ack, 1, 2001, 30);
        machine.PassMilliseconds(50);
        Assert.Equal(0, machine.Expect(Ack, 2001, 31).TrafficClass);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        Assert.Equal(0, machine.Expect(Fin | Ack, 2001, 31).TrafficClass);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.6")]
    public void Window_probes_are_not_ECN_capable()
    {
        Machine machine = Opened(Ece, window: 0);
        machine.Send(500);
        machine.ExpectNothing();

        machine.PassMilliseconds(3100);

        SentSegment probe = machine.Take();
        Assert.Equal((1, 0), (probe.Payload.Length, probe.TrafficClass));
    }

    [Fact]
    [Trait("RFC", "3168 §5, 2474")]
    public void The_traffic_class_of_the_user_keeps_its_upper_six_bits()
    {
        Machine machine = new Machine(Asking with { TrafficClass = 0xBB }).Open();
        SentSegment syn = machine.Take();
        machine.InitialSequence = syn.Sequence;
        machine.Receive(Syn | Ack | Ece, 0, 1, options: MachineStates.Mss(1000));
        int acknowledgment = machine.Take().TrafficClass;
        machine.Send(10);

        Assert.Equal((0xB8, 0xB8, 0xBA), (syn.TrafficClass, acknowledgment, machine.Take().TrafficClass));
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.3")]
    public void A_mark_is_echoed_in_every_acknowledgment_until_the_peer_tells_that_it_slowed_down()
    {
        Machine machine = Opened(Ece);
        machine.PeerTrafficClass = Ect0;
        machine.Receive(Ack, 1, 1, 1000);
        machine.Expect(Ack, 1, 1001);

        machine.PeerTrafficClass = Ce;
        machine.Receive(Ack, 1001, 1, 1000);
        machine.Expect(Ack | Ece, 1, 2001);
        machine.PeerTrafficClass = Ect0;
        machine.Receive(Ack, 2001, 1, 1000);
        machine.Expect(Ack | Ece, 1, 3001);
        machine.Send(10);
        machine.Expect(Ack | Psh | Ece, 1, 3001, 10);
        machine.Receive(Ack | Cwr, 3001, 11, 1000);
        machine.Expect(Ack, 11, 4001);

        // A segment may tell of the one reduction and be marked itself.
        machine.PeerTrafficClass = Ce;
        machine.Receive(Ack | Cwr, 4001, 11, 1000);
        machine.Expect(Ack | Ece, 11, 5001);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.3")]
    public void A_mark_on_a_segment_outside_of_the_window_is_ignored()
    {
        Machine machine = Opened(Ece);
        machine.PeerTrafficClass = Ce;

        machine.Receive(Ack, -500, 1, 100);
        machine.Expect(Ack, 1, 1);
        machine.Receive(Ack, 200_000, 1, 100);
        machine.Expect(Ack, 1, 1);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.2")]
    public void An_echo_halves_the_window_once_and_the_next_data_tells()
    {
        Machine machine = Opened(Ece);
        machine.Send(30_000);
        Assert.Equal(10, TakeAll(machine).Count);
        Assert.Equal(10_000, machine.Connection.Congestion!.WindowBytes);

        machine.Receive(Ack | Ece, 1, 1001);
        Assert.Equal(5_000, machine.Connection.Congestion.WindowBytes);
        for (int acknowledgment = 2001; acknowledgment <= 9001; acknowledgment += 1000)
        {
            machine.Receive(Ack | Ece, 1, acknowledgment);
            Assert.Equal(5_000, machine.Connection.Congestion.WindowBytes);
        }

        // RFC 6937: about every second acknowledgment lets a segment out, and the first of them tells.
        List<SentSegment> sent = TakeAll(machine);
        Assert.Equal(4, sent.Count);
        Assert.Equal([Ack | Cwr, Ack, Ack, Ack], sent.Select(segment => segment.Flags));
        Assert.All(sent, segment => Assert.Equal(Ect0, segment.TrafficClass));
        machine.Receive(Ack | Ece, 1, 10_001);
        Assert.Equal(5_000, machine.Connection.Congestion.WindowBytes);
        TakeAll(machine);

        // Beyond that window of data an echo counts anew.
        machine.Receive(Ack | Ece, 1, 11_001);
        Assert.InRange(machine.Connection.Congestion.WindowBytes, 2_000, 3_000);
        Assert.Equal(0, machine.Host.Counters[Counter.TcpSegmentsRetransmitted]);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.2")]
    public void After_a_loss_too_the_next_data_tells_that_the_window_was_reduced()
    {
        Machine machine = Opened(Ece);
        machine.Send(3000);
        TakeAll(machine);

        machine.PassMilliseconds(1500);
        machine.Wire.FromHost.Clear();
        machine.Receive(Ack, 1, 3001);
        machine.Send(1500);

        List<SentSegment> sent = TakeAll(machine);
        Assert.Equal([Ack | Cwr, Ack | Psh], sent.Take(2).Select(segment => segment.Flags & (Ack | Cwr | Psh)));
    }

    [Fact]
    [Trait("RFC", "3168 §6.1")]
    public void Without_ECN_its_bits_mean_nothing()
    {
        Machine machine = new Machine(Plain with { Ecn = EcnUse.Off }).Established();
        machine.Send(30_000);
        TakeAll(machine);
        machine.PeerTrafficClass = Ce;

        machine.Receive(Ack | Ece, 1, 1001, 500);

        Assert.True(machine.Connection.Congestion!.WindowBytes >= 10_000);
        Assert.All(TakeAll(machine), segment => Assert.Equal((TcpFlags.None, 0), (segment.Flags & (Ece | Cwr), segment.TrafficClass)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC", "4987 §3.6, 3168 §6.1.1")]
    public void A_SYN_cookie_keeps_that_ECN_was_agreed_upon(bool asks)
    {
        Machine machine = new Machine(new TcpConnectionOptions(), new TcpOptions { SynCookies = SynCookieUse.Always }).Listen();
        machine.Receive(asks ? Syn | Ece | Cwr : Syn, 0, 0, options: [.. MachineStates.Mss(1460), .. OptionTests.Timestamps(5, 0)]);
        SentSegment answer = machine.Take();
        Assert.Equal(asks ? Syn | Ack | Ece : Syn | Ack, answer.Flags);
        machine.InitialSequence = answer.Sequence;
        uint echo = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(answer.Options.AsSpan(8));

        machine.Receive(Ack, 1, 1, options: OptionTests.Timestamps(6, echo));

        Assert.Equal(asks, machine.Listener!.TryAccept()!.UsesEcn);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1")]
    public void Our_own_ends_agree_and_carry_data()
    {
        TcpOptions options = new() { Connection = new TcpConnectionOptions { Ecn = EcnUse.Ask } };
        TwoHosts hosts = new(new FaultyLink(3) { LossPermille = 20 }, options, options);
        (TcpConnection client, TcpConnection server) = hosts.Connect();
        Transfer transfer = new(client, server, 300_000);

        hosts.Until(() =>
        {
            transfer.Pump(hosts.Now);
            return transfer.IsFinished;
        });

        Assert.True(client.UsesEcn && server.UsesEcn);
    }

    private static List<SentSegment> TakeAll(Machine machine)
    {
        List<SentSegment> sent = [];
        while (machine.Wire.FromHost.Count > 0)
        {
            sent.Add(machine.Take());
        }

        return sent;
    }

    /// <summary>A connection that we have opened, asking for ECN, with the bits of the answer.</summary>
    private static Machine Opened(TcpFlags answer, int window = 60_000)
    {
        Machine machine = new Machine(Asking).Open();
        SentSegment syn = machine.Take();
        Assert.Equal(Syn | Ece | Cwr, syn.Flags);
        machine.InitialSequence = syn.Sequence;
        machine.Receive(Syn | Ack | answer, 0, 1, window: window, options: MachineStates.Mss(1000));
        SentSegment acknowledgment = machine.Expect(Ack, 1, 1);
        Assert.Equal(0, acknowledgment.TrafficClass);
        return machine;
    }
}
