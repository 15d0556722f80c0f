using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class IcmpTests
{
    private const byte Unreachable = 3;
    private const byte HostCode = 1;
    private const byte PortCode = 3;
    private const byte TooBigCode = 4;

    [Theory]
    [InlineData(HostCode, TcpError.HostUnreachable)]
    [InlineData(0, TcpError.NetworkUnreachable)]
    [InlineData(PortCode, TcpError.ConnectionRefused)]
    [Trait("RFC", "5927 §5.2")]
    public void In_SYN_SENT_an_error_ends_the_attempt(byte code, TcpError expected)
    {
        Machine machine = new Machine().Open();
        SentSegment syn = machine.Take();

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, Unreachable, code, 0, syn.Packet));
        machine.Turn();

        Assert.Equal(expected, machine.Connection.Error);
        Assert.Equal(TcpState.Closed, machine.Connection.State);
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
}
