using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class IcmpTests
{
    private const byte Unreachable = 3;
    private const byte TimeExceeded = 11;
    private const byte ParameterProblem = 12;
    private const byte HostCode = 1;
    private const byte ProtocolCode = 2;
    private const byte PortCode = 3;
    private const byte TooBigCode = 4;
    private const byte ProhibitedCode = 13;

    [Theory]
    [InlineData(Unreachable, HostCode, TcpError.HostUnreachable)]
    [InlineData(Unreachable, 0, TcpError.NetworkUnreachable)]
    [InlineData(Unreachable, ProtocolCode, TcpError.ConnectionRefused)]
    [InlineData(Unreachable, PortCode, TcpError.ConnectionRefused)]
    [InlineData(Unreachable, 5, TcpError.HostUnreachable)]
    [InlineData(Unreachable, ProhibitedCode, TcpError.HostUnreachable)]
    [InlineData(TimeExceeded, 0, TcpError.HostUnreachable)]
    [InlineData(ParameterProblem, 0, TcpError.HostUnreachable)]
    [Trait("RFC", "5461, 5927 §5.2")]
    public void In_SYN_SENT_an_error_ends_the_attempt(byte type, byte code, TcpError expected)
    {
        Machine machine = new Machine().Open();
        SentSegment syn = machine.Take();

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, type, code, 0, syn.Packet));
        machine.Turn();

        Assert.Equal(expected, machine.Connection.Error);
        Assert.Equal(TcpState.Closed, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.2.2 MUST-56")]
    public void In_SYN_SENT_a_fragment_that_was_lost_ends_nothing()
    {
        Machine machine = new Machine().Open();
        SentSegment syn = machine.Take();

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, TimeExceeded, 1, 0, syn.Packet));
        machine.Turn();

        Assert.Equal((TcpState.SynSent, TcpError.HostUnreachable), (machine.Connection.State, machine.Connection.SoftError));
    }

    [Fact]
    [Trait("RFC", "5927 §4.1")]
    public void An_error_that_quotes_what_is_not_on_its_way_is_ignored()
    {
        Machine machine = new Machine().Open();
        byte[] forged = [.. machine.Take().Packet];
        forged[27] ^= 0x40;

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, PortCode, 0, forged));
        machine.Turn();

        Assert.Equal(TcpState.SynSent, machine.Connection.State);
        Assert.Equal(1, machine[DropReason.IcmpUnmatched]);
    }

    [Theory]
    [InlineData(0, 1, 1460)]
    [InlineData(1, 0, 1460)]
    [InlineData(0, 0, 1459)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 0, 2920)]
    [InlineData(0, 0, 1_000_000)]
    [InlineData(0, 0, -1_000_000)]
    [Trait("RFC", "5927 §4.1, §7")]
    public void A_packet_too_big_that_quotes_nothing_on_its_way_slows_nobody(int ourPortChange, int peerPortChange, int sequenceChange)
    {
        // The first segment is acknowledged, the second is on its way.
        Machine machine = new Machine().Established(MachineStates.Mss(1460));
        machine.Send(2920);
        byte[] forged = [.. machine.Take().Packet];
        machine.Take();
        machine.Receive(Ack, 1, 1461);
        Change(forged.AsSpan(20, 2), ourPortChange);
        Change(forged.AsSpan(22, 2), peerPortChange);
        Change(forged.AsSpan(24, 4), sequenceChange);

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, TooBigCode, 576, forged));
        machine.Turn();

        machine.ExpectNothing();
        Assert.Equal(1500, machine.Host.FindPath(PeerAddress)!.MtuBytes);
        Assert.Equal(1, machine[DropReason.IcmpUnmatched]);
        machine.Send(1460);
        machine.Expect(Ack | Psh, 2921, 1, 1460);
    }

    [Theory]
    [InlineData(1460)]
    [InlineData(2919)]
    [Trait("RFC", "5927 §4.1, §7")]
    public void A_packet_too_big_that_quotes_what_is_on_its_way_is_believed(int sequenceChange)
    {
        Machine machine = new Machine().Established(MachineStates.Mss(1460));
        machine.Send(2920);
        byte[] quoted = [.. machine.Take().Packet];
        machine.Take();
        machine.Receive(Ack, 1, 1461);
        Change(quoted.AsSpan(24, 4), sequenceChange);

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, TooBigCode, 576, quoted));
        machine.Turn();

        machine.Expect(Ack, 1461, 1, 536);
        Assert.Equal(576, machine.Host.FindPath(PeerAddress)!.MtuBytes);
        Assert.Equal(0, machine[DropReason.IcmpUnmatched]);
    }

    [Fact]
    [Trait("RFC", "5927 §4.1, §7")]
    public void A_packet_too_big_about_a_connection_that_is_over_slows_nobody()
    {
        Machine machine = new Machine().Established(MachineStates.Mss(1460));
        machine.Send(1460);
        byte[] quoted = machine.Take().Packet;
        machine.Connection.Abort(machine.Now);
        machine.Turn();

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, TooBigCode, 576, quoted));
        machine.Turn();

        Assert.Equal(1500, machine.Host.FindPath(PeerAddress)!.MtuBytes);
        Assert.Equal(1, machine[DropReason.IcmpUnmatched]);
    }

    [Theory]
    [InlineData(1040)]
    [InlineData(1400)]
    [Trait("RFC", "1191 §4, 5927 §7")]
    public void A_packet_too_big_that_fits_the_MTU_it_names_changes_nothing(int mtuBytes)
    {
        Machine machine = new Machine().Established(MachineStates.Mss(1000));
        machine.Send(1000);
        SentSegment sent = machine.Take();

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, TooBigCode, (uint)mtuBytes, sent.Packet));
        machine.Turn();

        machine.ExpectNothing();
        Assert.Equal(1500, machine.Host.FindPath(PeerAddress)!.MtuBytes);
        Assert.Equal(1, machine[DropReason.IcmpBadMtu]);
    }

    [Fact]
    [Trait("RFC", "1191 §5, §7.1")]
    public void A_packet_too_big_of_an_old_router_that_names_no_MTU_stands_for_the_next_plateau()
    {
        Machine machine = new Machine().Established(MachineStates.Mss(1460));
        machine.Send(1460);
        SentSegment sent = machine.Take();

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, TooBigCode, 0, sent.Packet));
        machine.Turn();

        machine.Expect(Ack, 1, 1, 1452);
        machine.Expect(Ack | Psh, 1453, 1, 8);
    }

    [Fact]
    [Trait("RFC", "5927 §5.2, 1122 §4.2.3.9")]
    public void An_established_connection_survives_errors_and_reports_them_if_it_fails_later()
    {
        Machine machine = new Machine(Plain with { Retries = 2 }).Established();
        machine.Send(100);
        SentSegment sent = machine.Take();

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, PortCode, 0, sent.Packet));
        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, HostCode, 0, sent.Packet));
        machine.Turn();
        Assert.Equal(TcpState.Established, machine.Connection.State);
        machine.Pass(Duration.FromSeconds(10));

        Assert.Equal(TcpError.HostUnreachable, machine.Connection.Error);
    }

    [Fact]
    [Trait("RFC", "1191 §6.5, 5927 §7")]
    public void A_packet_too_big_is_sent_again_in_smaller_segments_at_the_same_window()
    {
        Machine machine = new Machine().Established(MachineStates.Mss(1460));
        machine.Send(2920);
        SentSegment first = machine.Take();
        Assert.Equal(1460, first.Payload.Length);
        machine.Take();
        long window = machine.Connection.Congestion!.WindowBytes;

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, TooBigCode, 1000, first.Packet));
        machine.Turn();

        machine.Expect(Ack, 1, 1, 960);
        machine.Expect(Ack, 961, 1, 960);
        machine.Expect(Ack, 1921, 1, 960);
        machine.Expect(Ack | Psh, 2881, 1, 40);
        machine.ExpectNothing();
        Assert.Equal(window, machine.Connection.Congestion.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "1191 §6.5, 6937")]
    public void The_repair_after_a_packet_too_big_ends_with_its_acknowledgments()
    {
        // No reduction was started, so none is to be led on.
        Machine machine = new Machine().Established(MachineStates.Mss(1460));
        machine.Send(2920);
        SentSegment first = machine.Take();
        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, TooBigCode, 1000, first.Packet));
        machine.Turn();
        machine.Wire.FromHost.Clear();

        machine.Receive(Ack, 1, 961);
        machine.Receive(Ack, 1, 2921);
        machine.Wire.FromHost.Clear();
        machine.Send(10);

        machine.Expect(Ack | Psh, 2921, 1, 10);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "1191 §6.5")]
    public void What_is_on_its_way_shrinks_too_where_another_connection_has_met_the_narrow_place()
    {
        Machine machine = new Machine().Established(MachineStates.Mss(1460));
        TcpConnection other = machine.Connection;
        IpEndPoint otherPeer = machine.Peer;
        uint otherInitialSequence = machine.InitialSequence;
        machine.Send(2920);
        machine.Wire.FromHost.Clear();
        machine.Peer = new IpEndPoint(PeerAddress, 5001);
        machine.Established(MachineStates.Mss(1460));
        machine.Send(1460);
        SentSegment first = machine.Take();

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, TooBigCode, 1000, first.Packet));
        machine.Turn();
        machine.Wire.FromHost.Clear();
        machine.PassMilliseconds(1500);

        machine.Connection = other;
        machine.Peer = otherPeer;
        machine.InitialSequence = otherInitialSequence;
        SentSegment[] again = [.. Drain(machine).Where(sent => sent.Packet[23] == (byte)otherPeer.Port)];
        Assert.NotEmpty(again);
        Assert.All(again, sent => Assert.InRange(sent.Packet.Length, 1, 1000));
        Assert.Equal(0, machine[DropReason.PacketTooBig]);
    }

    [Fact]
    [Trait("RFC", "1191 §6.5, 2018 §8")]
    public void What_the_peer_has_told_of_shrinks_too_for_it_may_take_that_back()
    {
        Machine machine = new Machine(Plain with { SelectiveAcknowledgments = true })
            .Established([.. MachineStates.Mss(1460), 4, 2]);
        machine.Send(4380);
        SentSegment first = machine.Take();
        machine.Wire.FromHost.Clear();
        uint second = unchecked(machine.InitialSequence + 1461);
        uint third = unchecked(second + 1460);
        machine.Receive(Ack, 1, 1, options: [1, 1, 5, 10, .. Bytes(second), .. Bytes(third)]);

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, TooBigCode, 1000, first.Packet));
        machine.Turn();
        machine.Wire.FromHost.Clear();
        machine.Pass(Duration.FromSeconds(3));
        machine.Receive(Ack, 1, 1461);
        machine.Pass(Duration.FromSeconds(10));

        Assert.All(Drain(machine), sent => Assert.InRange(sent.Packet.Length, 1, 1000));
        Assert.Equal(0, machine[DropReason.PacketTooBig]);
    }

    private static void Change(Span<byte> number, int by)
    {
        for (int i = number.Length - 1; i >= 0; i--)
        {
            by += number[i];
            number[i] = (byte)by;
            by >>= 8;
        }
    }

    private static byte[] Bytes(uint number) => [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];

    private static IEnumerable<SentSegment> Drain(Machine machine)
    {
        while (machine.Wire.FromHost.Count > 0)
        {
            yield return machine.Take();
        }
    }
}
