using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class AccurateEcnTests
{
    private const TcpFlags Ae = TcpFlags.AccurateEcn;
    private const TcpFlags Cwr = TcpFlags.CongestionWindowReduced;
    private const TcpFlags Ece = TcpFlags.EcnEcho;
    private const int Ect1 = 1;
    private const int Ect0 = 2;
    private const int Ce = 3;

    private static TcpConnectionOptions Asking { get; } = Plain with { Ecn = EcnUse.AskAccurate };

    /// <summary>The ACE field with this value.</summary>
    private static TcpFlags Ace(int count) =>
        ((count & 4) != 0 ? Ae : 0) | ((count & 2) != 0 ? Cwr : 0) | ((count & 1) != 0 ? Ece : 0);

    [Fact]
    [Trait("RFC", "9768 §3.1.1")]
    public void A_SYN_asks_by_all_three_bits()
    {
        Machine machine = new Machine(Asking).Open();

        SentSegment syn = machine.Take();

        Assert.Equal((Syn | Ae | Cwr | Ece, 0), (syn.Flags, syn.TrafficClass));
    }

    [Theory]
    [InlineData(0, Cwr)]
    [InlineData(Ect1, Cwr | Ece)]
    [InlineData(Ect0, Ae)]
    [InlineData(Ce, Ae | Cwr)]
    [Trait("RFC", "9768 §3.1.1 table 2")]
    public void A_SYN_ACK_agrees_and_tells_how_the_SYN_arrived(byte codepoint, TcpFlags bits)
    {
        Machine machine = new Machine().Listen();
        machine.PeerTrafficClass = codepoint;

        machine.Receive(Syn | Ae | Cwr | Ece, 0, 0);

        Assert.Equal(Syn | Ack | bits, machine.Take().Flags);
    }

    [Theory]
    [InlineData(EcnUse.Off, Ae | Cwr | Ece, TcpFlags.None)]
    [InlineData(EcnUse.Accept, Ae | Cwr | Ece, Ece)]
    [InlineData(EcnUse.Ask, Ae | Cwr | Ece, Ece)]
    [InlineData(EcnUse.AskAccurate, Ae | Cwr | Ece, Cwr)]
    [InlineData(EcnUse.AskAccurate, Cwr | Ece, Ece)]
    [InlineData(EcnUse.AskAccurate, Ae, Cwr)]
    [InlineData(EcnUse.AskAccurate, Ae | Ece, Cwr)]
    [Trait("RFC", "9768 §3.1.2, §3.1.3")]
    public void The_answer_is_of_the_best_form_that_both_speak(EcnUse use, TcpFlags asked, TcpFlags answered)
    {
        Machine machine = new Machine(Plain with { Ecn = use }).Listen();

        machine.Receive(Syn | asked, 0, 0);

        Assert.Equal(Syn | Ack | answered, machine.Take().Flags);
    }

    [Theory]
    [InlineData(Cwr, true, true, true)]
    [InlineData(Cwr | Ece, true, true, false)]
    [InlineData(Ae, true, true, false)]
    [InlineData(Ae | Cwr, true, true, false)]
    [InlineData(Ae | Ece, true, true, true)]
    [InlineData(Ece, true, false, true)]
    [InlineData(TcpFlags.None, false, false, false)]
    [InlineData(Ae | Cwr | Ece, false, false, false)]
    [Trait("RFC", "9768 §3.1.2 table 2, §3.2.2.3")]
    public void The_bits_of_the_SYN_ACK_settle_the_form(TcpFlags bits, bool usesEcn, bool isAccurate, bool isCapable)
    {
        Machine machine = Answered(bits);

        machine.Take();
        machine.Send(10);

        Assert.Equal((usesEcn, isAccurate), (machine.Connection.UsesEcn, machine.Connection.UsesAccurateEcn));
        Assert.Equal(isCapable ? Ect0 : 0, machine.Take().TrafficClass);
    }

    [Theory]
    [InlineData(0, Cwr)]
    [InlineData(Ect1, Cwr | Ece)]
    [InlineData(Ect0, Ae)]
    [InlineData(Ce, Ae | Cwr)]
    [Trait("RFC", "9768 §3.2.2.1 table 3")]
    public void The_first_acknowledgment_tells_how_the_SYN_ACK_arrived(byte codepoint, TcpFlags bits)
    {
        Machine machine = Answered(Cwr, codepoint);

        machine.Expect(Ack | bits, 1, 1);

        // From then on the field counts, a marked SYN,ACK included.
        machine.PeerTrafficClass = 0;
        machine.Receive(Ack | Ace(5), 1, 1, 100);
        machine.Receive(Ack | Ace(5), 101, 1, 100);
        Assert.Equal(Ack | Ace(codepoint == Ce ? 6 : 5), machine.Take().Flags);
    }

    [Fact]
    [Trait("RFC", "9768 §3.2.2.1")]
    public void Data_that_goes_with_the_first_acknowledgment_counts()
    {
        Machine machine = new Machine(Asking).Open();
        machine.InitialSequence = machine.Take().Sequence;
        machine.Append(10);

        machine.Receive(Syn | Ack | Cwr, 0, 1, options: MachineStates.Mss(1000));

        machine.Expect(Psh | Ack | Ace(5), 1, 1, 10);
    }

    [Fact]
    [Trait("RFC", "9768 §3.1.4.1")]
    public void The_second_SYN_still_asks_and_the_third_one_no_more()
    {
        Machine machine = new Machine(Asking).Open();
        machine.InitialSequence = machine.Take().Sequence;

        machine.PassMilliseconds(1001);
        machine.Expect(Syn | Ae | Cwr | Ece, 0, 0);
        machine.PassMilliseconds(2001);
        machine.Expect(Syn, 0, 0);

        machine.Receive(Syn | Ack | Cwr, 0, 1, options: MachineStates.Mss(1000));
        machine.Take();
        machine.Send(10);
        Assert.Equal(0, machine.Take().TrafficClass);
    }

    [Fact]
    [Trait("RFC", "9768 §3.2.3.2.2")]
    public void The_third_SYN_ACK_goes_without_the_bits_and_the_form_stays()
    {
        Machine machine = new Machine().Listen();
        machine.Receive(Syn | Ae | Cwr | Ece, 0, 0);
        machine.InitialSequence = machine.Take().Sequence;
        machine.PassMilliseconds(1001);
        machine.Expect(Syn | Ack | Cwr, 0, 1);
        machine.PassMilliseconds(2001);
        machine.Expect(Syn | Ack, 0, 1);

        machine.Receive(Ack | Cwr, 1, 1);

        Assert.True(machine.Listener!.TryAccept()!.UsesAccurateEcn);
    }

    [Fact]
    [Trait("RFC", "9768 §3.2.2.4")]
    public void A_first_acknowledgment_with_the_field_cleared_keeps_us_from_sending_ECN_capable_data()
    {
        Machine machine = new Machine().Listen();
        machine.Receive(Syn | Ae | Cwr | Ece, 0, 0, options: MachineStates.Mss(1000));
        machine.InitialSequence = machine.Take().Sequence;
        machine.Receive(Ack, 1, 1);
        machine.Connection = machine.Listener!.TryAccept()!;

        machine.Send(10);

        SentSegment sent = machine.Take();
        Assert.Equal((Psh | Ack | Ace(5), 0), (sent.Flags, sent.TrafficClass));
    }

    [Fact]
    [Trait("RFC", "9768 §3.2.2")]
    public void Every_marked_packet_is_counted_modulo_eight()
    {
        Machine machine = Accepted();
        machine.PeerTrafficClass = Ce;
        int position = 1;
        int sent = 1;
        for (int marks = 1; marks <= 20; marks += 2)
        {
            machine.Receive(Ack | Ace(5), position, 1, 100);
            position += 100;
            machine.Wire.FromHost.Clear();
            machine.Send(1);
            Assert.Equal(Ace(5 + marks), machine.Take().Flags & Ace(7));

            // This bare acknowledgment is marked as well.
            machine.Receive(Ack | Ace(5), position, ++sent);
            machine.Wire.FromHost.Clear();
        }
    }

    [Fact]
    [Trait("RFC", "9768 §3.2.2.5.1")]
    public void The_first_mark_and_every_second_one_is_told_at_once()
    {
        Machine machine = Accepted();
        Drain(machine);
        machine.PeerTrafficClass = Ce;
        machine.Receive(Ack | Ace(5), machine.PeerNext, 1, 10);
        machine.Expect(Ack | Ace(6), 1, machine.PeerNext + 10);
        machine.Receive(Ack | Ace(5), machine.PeerNext + 10, 1, 10);
        machine.ExpectNothing();
        machine.Receive(Ack | Ace(5), machine.PeerNext + 20, 1, 10);
        machine.Expect(Ack | Ace(8), 1, machine.PeerNext + 30);
    }

    [Fact]
    [Trait("RFC", "9768 §3.3, 3168 §6.1.2")]
    public void Marks_told_reduce_the_window_once_and_no_flag_tells_of_it()
    {
        Machine machine = Accepted(window: 60_000);
        machine.Send(30_000);
        Assert.Equal(10, machine.Wire.FromHost.Count);
        machine.Wire.FromHost.Clear();

        machine.Receive(Ack | Ace(5), 1, 1001, window: 60_000);
        long before = machine.Connection.Congestion!.WindowBytes;
        machine.Receive(Ack | Ace(7), 1, 3001, window: 60_000);
        long after = machine.Connection.Congestion.WindowBytes;
        Assert.True(after < before, $"{before} became {after}");
        machine.Receive(Ack | Ace(8), 1, 4001, window: 60_000);
        Assert.Equal(after, machine.Connection.Congestion.WindowBytes);
        machine.Receive(Ack | Ace(8), 1, 9001, window: 60_000);

        Assert.All(machine.Wire.FromHost.Select(packet => SentSegment.Read(packet, machine.Now)), sent => Assert.Equal(Ace(5), sent.Flags & Ace(7)));
        Assert.Equal(0, machine.Host.Counters[Counter.TcpSegmentsRetransmitted]);
    }

    [Fact]
    [Trait("RFC", "9768 §3.2.2.5.2")]
    public void An_acknowledgment_that_was_overtaken_tells_nothing()
    {
        Machine machine = Accepted(window: 60_000);
        machine.Send(30_000);
        machine.Receive(Ack | Ace(5), 1, 3001, window: 60_000);
        long before = machine.Connection.Congestion!.WindowBytes;

        machine.Receive(Ack | Ace(4), 1, 2001, window: 60_000);
        machine.Receive(Ack | Ace(4), 1, 3001, window: 60_000);

        Assert.Equal(before, machine.Connection.Congestion.WindowBytes);
    }

    [Theory]
    [InlineData(2001, 6, 1000)]
    [InlineData(4001, 8, 3000)]
    [InlineData(9001, 6, 9000)]
    [InlineData(9001, 5, 0)]
    [Trait("RFC", "9768 appendix A.1")]
    public void The_congestion_controller_is_told_the_marked_bytes(int acknowledgment, int count, long markedBytes)
    {
        Recorder recorder = new();
        Machine machine = Accepted(window: 60_000, Plain with { CongestionController = _ => recorder });
        machine.Send(30_000);

        machine.Receive(Ack | Ace(count), 1, acknowledgment, window: 60_000);

        Assert.Equal(markedBytes, recorder.MarkedBytes);
        Assert.Equal(markedBytes > 0 ? [CongestionSignal.Mark] : [], recorder.Signals);
    }

    [Fact]
    [Trait("RFC", "4987 §3.6, 9768 §5.1")]
    public void A_SYN_cookie_keeps_that_accurate_ECN_was_agreed_upon()
    {
        Machine machine = new Machine(new TcpConnectionOptions(), new TcpOptions { SynCookies = SynCookieUse.Always }).Listen();
        machine.Receive(Syn | Ae | Ece | Cwr, 0, 0, options: [.. MachineStates.Mss(1460), .. OptionTests.Timestamps(5, 0)]);
        SentSegment answer = machine.Take();
        Assert.Equal(Syn | Ack | Cwr, answer.Flags);
        machine.InitialSequence = answer.Sequence;
        uint echo = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(answer.Options.AsSpan(8));

        machine.Receive(Ack | Cwr, 1, 1, options: OptionTests.Timestamps(6, echo));

        machine.Connection = machine.Listener!.TryAccept()!;
        Assert.True(machine.Connection.UsesAccurateEcn);
        machine.Send(10);
        Assert.Equal(Ect0, machine.Take().TrafficClass);
    }

    [Fact]
    [Trait("RFC", "9768 §3")]
    public void Our_own_ends_agree_and_carry_data()
    {
        TcpOptions options = new() { Connection = new TcpConnectionOptions { Ecn = EcnUse.AskAccurate } };
        TwoHosts hosts = new(new FaultyLink(3) { LossPermille = 20, ReorderingPermille = 50 }, options, options);
        (TcpConnection client, TcpConnection server) = hosts.Connect();
        Transfer transfer = new(client, server, 300_000);

        hosts.Until(() =>
        {
            transfer.Pump(hosts.Now);
            return transfer.IsFinished;
        });

        Assert.True(client.UsesAccurateEcn && server.UsesAccurateEcn);
    }

    /// <summary>The peer has answered our SYN with these bits.</summary>
    private static Machine Answered(TcpFlags bits, byte codepoint = 0)
    {
        Machine machine = new Machine(Asking).Open();
        machine.InitialSequence = machine.Take().Sequence;
        machine.PeerTrafficClass = codepoint;
        machine.Receive(Syn | Ack | bits, 0, 1, options: MachineStates.Mss(1000));
        return machine;
    }

    /// <summary>A connection that the peer has opened with accurate ECN.</summary>
    private static Machine Accepted(int window = PeerWindow, TcpConnectionOptions? options = null)
    {
        Machine machine = new Machine(options).Listen();
        machine.Receive(Syn | Ae | Cwr | Ece, 0, 0, options: MachineStates.Mss(1000), window: window);
        SentSegment answer = machine.Take();
        Assert.Equal(Syn | Ack | Cwr, answer.Flags);
        machine.InitialSequence = answer.Sequence;
        machine.Receive(Ack | Cwr, 1, 1, window: window);
        machine.Connection = machine.Listener!.TryAccept()!;
        machine.PeerNext = 1;
        return machine;
    }

    /// <summary>So many segments that the next ones are not acknowledged at once.</summary>
    private static void Drain(Machine machine)
    {
        for (int i = 0; i < 20; i++)
        {
            machine.Receive(Ack | Ace(5), machine.PeerNext, 1, 1000);
            machine.PeerNext += 1000;
            machine.Read();
        }

        machine.PassMilliseconds(100);
        machine.Wire.FromHost.Clear();
    }
}
