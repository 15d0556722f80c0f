using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class FastOpenServerTests
{
    private static readonly byte[] _request = [34, 2, 1, 1];
    private static readonly byte[] _experimentalRequest = [254, 4, 0xF9, 0x89];
    private static readonly byte[] _cookie = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];

    private static TcpConnectionOptions Fast { get; } = Plain with { FastOpen = true };

    [Fact]
    [Trait("RFC", "7413 §4.2.2")]
    public void A_server_gives_a_cookie_to_who_asks_for_one()
    {
        Machine machine = new Machine(Fast).Listen();

        byte[] cookie = TakeCookie(machine, _request);

        Assert.Equal(8, cookie.Length);
        Assert.Equal(cookie, TakeCookie(machine, _request));
        machine.Peer = new IpEndPoint(IpAddress.Parse("10.0.0.3"), 5000);
        Assert.NotEqual(cookie, TakeCookie(machine, _request));
    }

    [Fact]
    [Trait("RFC", "7413 §4.1.1")]
    public void The_format_of_the_experiment_is_answered_in_kind()
    {
        Machine machine = new Machine(Fast).Listen();
        byte[] cookie = TakeCookie(machine, _request);

        machine.Receive(Syn, 0, 0, options: [.. MachineStates.Mss(1000), .. _experimentalRequest]);

        SentSegment answer = machine.Take();
        Assert.Equal([254, 12, 0xF9, 0x89, .. cookie], answer.Options[4..]);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.2")]
    public void Where_it_is_off_the_option_is_not_looked_at()
    {
        Machine machine = new Machine().Listen();

        machine.Receive(Syn, 0, 0, options: [.. MachineStates.Mss(1000), .. _request]);

        Assert.Equal(MachineStates.Mss(1460), machine.Take().Options);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(18)]
    [Trait("RFC", "7413 §4.1.1")]
    public void A_cookie_of_a_length_that_none_has_is_ignored(int cookieBytes)
    {
        Machine machine = new Machine(Fast).Listen();
        byte[] option = [34, (byte)(2 + cookieBytes), .. new byte[cookieBytes]];

        machine.Receive(Syn, 0, 0, options: [.. MachineStates.Mss(1000), .. option]);

        SentSegment answer = machine.Take();
        Assert.Equal(Syn | Ack, answer.Flags);
        Assert.Equal(MachineStates.Mss(1460), answer.Options);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.2")]
    public void Data_on_a_SYN_with_a_good_cookie_is_handed_out_and_answered_before_the_handshake_is_complete()
    {
        Machine machine = OpenedFast(out _);
        Assert.Equal(TcpState.SynReceived, machine.Connection.State);
        Assert.Equal(Enumerable.Range(1, 100).Select(PayloadAt), machine.Read());

        machine.Send(2500);
        machine.Expect(Ack, 1, 101, 1000);
        machine.Expect(Ack, 1001, 101, 1000);
        machine.Expect(Psh | Ack, 2001, 101, 500);
        machine.ExpectNothing();

        machine.Receive(Ack, 101, 1001);
        Assert.Equal(TcpState.Established, machine.Connection.State);
        Assert.Equal(1500, machine.Connection.UnacknowledgedBytes);
        Assert.Equal(0, machine.Listener!.AcceptQueueLength);
        machine.Receive(Ack, 101, 2501, 10);
        Assert.Equal(10, machine.Read().Length);
        Assert.Equal(1, machine.Host.Counters[Counter.TcpFastOpensPassive]);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.2")]
    public void The_initial_window_holds_for_what_is_sent_before_the_handshake_is_complete()
    {
        Machine machine = OpenedFast(out _);

        machine.Send(100_000);

        Assert.Equal(10, machine.Wire.FromHost.Count);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.2")]
    public void Answers_that_were_lost_before_the_handshake_was_complete_are_sent_again()
    {
        Machine machine = OpenedFast(out _);
        machine.Send(500);
        machine.Expect(Psh | Ack, 1, 101, 500);

        machine.PassMilliseconds(1001);
        machine.Expect(Syn | Ack, 0, 101);
        machine.ExpectNothing();
        machine.Receive(Ack, 101, 1);
        Assert.Equal(TcpState.Established, machine.Connection.State);
        machine.PassMilliseconds(4000);

        Assert.Equal(500, machine.Expect(Psh | Ack, 1, 101, 500).Payload.Length);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.2, 1191 §6.5")]
    public void What_is_sent_before_the_handshake_is_complete_follows_the_path()
    {
        Machine machine = OpenedFast(out _);
        machine.Send(1000);
        SentSegment first = machine.Take();
        Assert.Equal(1000, first.Payload.Length);

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, 3, 4, 600, first.Packet));
        machine.Send(2000);

        Assert.NotEmpty(machine.Wire.FromHost);
        Assert.All(machine.Wire.FromHost, packet => Assert.InRange(packet.Length, 1, 600));
        Assert.Equal(0, machine[DropReason.PacketTooBig]);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.2, 1191 §6.5")]
    public void The_same_where_another_connection_has_met_the_narrow_place()
    {
        Machine machine = OpenedFast(out _);
        IpEndPoint peer = machine.Peer;
        TcpConnection early = machine.Connection;
        machine.Peer = new IpEndPoint(PeerAddress, 5001);
        machine.Established(MachineStates.Mss(1460));
        machine.Send(1460);
        machine.Wire.Inject(Packets.IcmpError(PeerAddress, 3, 4, 600, machine.Take().Packet));
        machine.Turn();
        machine.Wire.FromHost.Clear();

        machine.Peer = peer;
        machine.Connection = early;
        machine.Send(2000);

        Assert.NotEmpty(machine.Wire.FromHost);
        Assert.All(machine.Wire.FromHost, packet => Assert.InRange(packet.Length, 1, 600));
        Assert.Equal(0, machine[DropReason.PacketTooBig]);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.2")]
    public void A_FIN_waits_for_the_handshake()
    {
        Machine machine = OpenedFast(out _);
        machine.Read();
        machine.Append(50);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.Expect(Psh | Ack, 1, 101, 50);
        machine.ExpectNothing();
        Assert.Equal(TcpState.SynReceived, machine.Connection.State);

        machine.Receive(Ack, 101, 51);

        machine.Expect(Fin | Ack, 51, 101);
        Assert.Equal(TcpState.FinWait1, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.2")]
    public void The_SYN_ACK_of_a_fast_open_is_sent_again_and_given_up_in_the_end()
    {
        Machine machine = OpenedFast(out _, connection: Fast with { SynAckRetries = 1 });

        machine.PassMilliseconds(1001);
        machine.Expect(Syn | Ack, 0, 101);
        machine.PassMilliseconds(2001);

        Assert.Equal(TcpState.Closed, machine.Connection.State);
        Assert.Equal(TcpError.TimedOut, machine.Connection.Error);
        machine.Read();
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.2")]
    public void A_reset_before_the_handshake_is_complete_ends_the_connection_that_was_handed_out()
    {
        Machine machine = OpenedFast(out _);

        machine.Receive(Rst, 101, 0);

        Assert.Equal(TcpError.ConnectionReset, machine.Connection.Error);
        Assert.Equal(TcpEvents.Closed, machine.Connection.TakeEvents() & TcpEvents.Closed);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1191 §6.4")]
    public void What_is_sent_before_the_handshake_is_complete_follows_the_MTU_of_the_path()
    {
        // The path shows to be narrow on one connection while another waits for its handshake.
        Machine machine = OpenedFast(out byte[] cookie);
        machine.Send(900);
        byte[] quoted = machine.Take().Packet;
        machine.Peer = new IpEndPoint(PeerAddress, 5001);
        machine.Receive(Syn, 0, 0, 100, options: [.. MachineStates.Mss(1000), 34, 10, .. cookie, 1, 1]);
        machine.InitialSequence = machine.Take().Sequence;
        machine.Connection = machine.Listener!.TryAccept()!;
        machine.Wire.Inject(Packets.IcmpError(PeerAddress, 3, 4, 576, quoted));
        machine.Turn();
        machine.Wire.FromHost.Clear();

        machine.Send(1000);

        machine.Expect(Ack, 1, 101, 536);
    }

    [Fact]
    [Trait("RFC", "1191 §6.4, 5927 §4.1")]
    public void What_was_sent_before_the_handshake_is_complete_and_is_too_big_is_sent_again_in_smaller_segments()
    {
        Machine machine = OpenedFast(out _);
        machine.Send(900);
        byte[] quoted = machine.Take().Packet;

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, 3, 4, 576, quoted));
        machine.Turn();

        Assert.Equal(TcpState.SynReceived, machine.Connection.State);
        machine.Expect(Ack, 1, 101, 536);
        machine.Expect(Ack | Psh, 537, 101, 364);
    }

    [Fact]
    [Trait("RFC", "5961 §4.2")]
    public void A_SYN_in_the_window_does_not_end_a_connection_that_was_handed_out()
    {
        Machine machine = OpenedFast(out _);

        machine.Receive(Syn, 150, 0);

        machine.Expect(Ack, 1, 101);
        Assert.Equal(TcpState.SynReceived, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.2")]
    public void Data_with_a_wrong_cookie_is_not_taken_and_a_good_cookie_comes_back()
    {
        Machine machine = new Machine(Fast).Listen();
        byte[] good = TakeCookie(machine, _request);
        machine.Peer = new IpEndPoint(PeerAddress, 5001);

        machine.Receive(Syn, 0, 0, 100, options: [.. MachineStates.Mss(1000), 34, 10, .. _cookie, 1, 1]);

        SentSegment answer = machine.Take();
        Assert.Equal(unchecked(PeerInitialSequence + 1), answer.Acknowledgment);
        Assert.Equal([34, 10, .. good, 1, 1], answer.Options[4..]);
        machine.InitialSequence = answer.Sequence;
        Assert.Null(machine.Listener!.TryAccept());
        machine.Receive(Ack, 1, 1, 100);
        machine.Connection = machine.Listener!.TryAccept()!;
        Assert.Equal(100, machine.Read().Length);
    }

    [Fact]
    [Trait("RFC", "7413 §5.1")]
    public void Fast_opens_whose_handshake_is_not_complete_are_bounded()
    {
        Machine machine = new Machine(Fast, new TcpOptions { FastOpenQueueLength = 2 }).Listen();
        byte[] cookie = TakeCookie(machine, _request);
        byte[] options = [.. MachineStates.Mss(1000), 34, 10, .. cookie, 1, 1];
        List<uint> acknowledgments = [];
        for (ushort port = 5001; port <= 5004; port++)
        {
            machine.Peer = new IpEndPoint(PeerAddress, port);
            machine.Receive(Syn, 0, 0, 100, options: options);
            SentSegment answer = machine.Take();
            machine.InitialSequence = answer.Sequence;
            acknowledgments.Add(unchecked(answer.Acknowledgment - PeerInitialSequence));
            Assert.Equal(MachineStates.Mss(1460), answer.Options);
            if (port == 5003)
            {
                // One of those that wait is over.
                machine.Peer = new IpEndPoint(PeerAddress, 5001);
                machine.Receive(Rst, 101, 0);
            }
        }

        Assert.Equal([101U, 101U, 1U, 101U], acknowledgments);
    }

    /// <summary>The cookie on the SYN,ACK for a SYN with this option.</summary>
    private static byte[] TakeCookie(Machine machine, byte[] option)
    {
        machine.Receive(Syn, 0, 0, options: [.. MachineStates.Mss(1000), .. option]);
        SentSegment answer = machine.Take();
        Assert.Equal([34, 10], answer.Options[4..6]);
        machine.InitialSequence = answer.Sequence;
        machine.Receive(Rst, 1, 0);
        return answer.Options[6..14];
    }

    /// <summary>A connection that the peer has opened with a cookie and 100 bytes of data, accepted.</summary>
    private static Machine OpenedFast(out byte[] cookie, TcpConnectionOptions? connection = null)
    {
        Machine machine = new Machine(connection ?? Fast).Listen();
        cookie = TakeCookie(machine, _request);
        machine.Receive(Syn, 0, 0, 100, options: [.. MachineStates.Mss(1000), 34, 10, .. cookie, 1, 1]);
        machine.InitialSequence = machine.Wire.FromHost.TryPeek(out byte[]? packet) ? SentSegment.Read(packet, machine.Now).Sequence : 0;
        Assert.Equal(MachineStates.Mss(1460), machine.Expect(Syn | Ack, 0, 101).Options);
        machine.Connection = machine.Listener!.TryAccept()!;
        Assert.Equal(100, machine.Connection.ReceivedBytes);
        return machine;
    }
}
