using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>Trouble that the owner hears of while the connection lives: RFC 9293 §3.8.3, §3.9.1.8, §3.9.2.2.</summary>
public class SoftErrorTests
{
    private const byte SourceQuench = 4;

    [Theory]
    [InlineData(3, 0, TcpError.NetworkUnreachable)]
    [InlineData(3, 1, TcpError.HostUnreachable)]
    [InlineData(3, 5, TcpError.HostUnreachable)]
    [InlineData(11, 0, TcpError.HostUnreachable)]
    [InlineData(11, 1, TcpError.HostUnreachable)]
    [InlineData(12, 0, TcpError.HostUnreachable)]
    [Trait("RFC", "9293 §3.9.2.2 MUST-47, MUST-54, MUST-56, SHLD-25")]
    public void A_soft_error_is_told_to_the_owner_of_the_connection_it_quotes_and_ends_nothing(byte type, byte code, TcpError expected)
    {
        Machine machine = new Machine().Established();
        TcpConnection other = machine.Connection;
        machine.Peer = machine.Peer with { Port = 5001 };
        machine.Established();
        machine.Send(100);
        SentSegment sent = machine.Take();

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, type, code, 0, sent.Packet));
        machine.Turn();

        Assert.Equal(TcpState.Established, machine.Connection.State);
        Assert.Equal((TcpEvents.SoftError, expected), (machine.Connection.TakeEvents(), machine.Connection.SoftError));
        Assert.Equal((TcpEvents.None, TcpError.None), (other.TakeEvents(), other.SoftError));
        machine.Receive(Ack, 1, 101);
        Assert.Equal(TcpError.None, machine.Connection.SoftError);
        Assert.Equal(TcpError.None, machine.Connection.Error);
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.2.2 MUST-56")]
    public void A_soft_error_ends_no_half_open_connection_of_a_listen_endpoint()
    {
        Machine machine = new Machine().Listen();
        machine.Receive(Syn, 0, 0, options: MachineStates.Mss(1000));
        SentSegment answer = machine.Take();
        machine.InitialSequence = answer.Sequence;

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, 3, 1, 0, answer.Packet));
        machine.Turn();
        machine.Receive(Ack, 1, 1);

        Assert.Equal(TcpState.Established, machine.Listener!.TryAccept()!.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.2.2 MUST-55")]
    public void A_source_quench_is_dropped_silently()
    {
        Machine machine = new Machine().Established();
        machine.Send(100);
        SentSegment sent = machine.Take();
        long window = machine.Connection.Congestion!.WindowBytes;

        machine.Wire.Inject(Packets.IcmpError(PeerAddress, SourceQuench, 0, 0, sent.Packet));
        machine.Turn();

        machine.ExpectNothing();
        Assert.Equal((TcpEvents.None, TcpError.None), (machine.Connection.TakeEvents(), machine.Connection.SoftError));
        Assert.Equal(window, machine.Connection.Congestion.WindowBytes);
        Assert.Equal(1, machine[DropReason.IcmpUnknownType]);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.3 MUST-20, MUST-47, SHLD-9, SHLD-10")]
    public void After_three_retransmissions_in_vain_the_owner_is_told_once()
    {
        Machine machine = new Machine().Established();
        machine.Send(100);
        machine.Pass(Duration.FromMilliseconds(200 + 400 + 800 + 10));
        Assert.Equal(4, machine.Wire.FromHost.Count);
        Assert.Equal(TcpEvents.None, machine.Connection.TakeEvents());

        machine.PassMilliseconds(1_600);
        Assert.Equal((TcpEvents.SoftError, TcpError.TimedOut), (machine.Connection.TakeEvents(), machine.Connection.SoftError));
        Assert.Equal(TcpError.TimedOut, machine.Connection.TakeSnapshot(machine.Now).SoftError);
        machine.Pass(Duration.FromSeconds(20));
        Assert.Equal(TcpEvents.None, machine.Connection.TakeEvents());
        Assert.Equal(TcpState.Established, machine.Connection.State);

        machine.Receive(Ack, 1, 101);
        Assert.Equal(TcpError.None, machine.Connection.SoftError);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.3 MUST-22")]
    public void The_same_is_told_of_a_SYN()
    {
        Machine machine = new Machine().SynSent();

        machine.Pass(Duration.FromSeconds(14));
        Assert.Equal(TcpEvents.None, machine.Connection.TakeEvents());
        machine.Pass(Duration.FromSeconds(2));

        Assert.Equal((TcpEvents.SoftError, TcpState.SynSent), (machine.Connection.TakeEvents(), machine.Connection.State));
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.3 MUST-20")]
    public void After_three_retransmissions_in_vain_the_next_hop_is_asked_whether_it_is_still_there()
    {
        TestWire wire = new(1500, 0, DeviceMedium.Ethernet);
        IpHost host = new(new PacketPool(256), new TimerWheel(), new SeededEntropy(1));
        host.Attach(wire, () => { }).Add(new IpPrefix(OurAddress, 24));
        TcpDemultiplexer tcp = new(host);
        Instant now = Pass(host, new Instant(1_000_000_000), Duration.FromSeconds(5));
        wire.FromHost.Clear();
        Assert.NotNull(tcp.Connect(null, new IpEndPoint(PeerAddress, 80), Plain, now, out _));
        now = Pass(host, now, Duration.FromMilliseconds(10));
        byte[] request = wire.FromHost.Dequeue();
        Assert.True(IsArp(request));

        // The neighbour answers, the peer never does: SYNs at 0, 1, 3 and 7 s.
        byte[] link = [2, 0, 0, 0, 0, 9];
        wire.Inject([.. request[6..12], .. link, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, .. link, 10, 0, 0, 2, .. request[6..12], 10, 0, 0, 1]);
        now = Pass(host, now, Duration.FromSeconds(14));
        Assert.Equal(4, wire.FromHost.Count);
        Assert.DoesNotContain(wire.FromHost, IsArp);
        wire.FromHost.Clear();
        Pass(host, now, Duration.FromMilliseconds(1_500));

        Assert.Equal(link, Assert.Single(wire.FromHost, IsArp)[..6]);
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.1.8 MUST-47")]
    public void A_route_that_is_gone_is_told_once()
    {
        Machine machine = new Machine().Established();
        machine.Host.Interfaces[0].Remove(new IpPrefix(OurAddress, 24));

        machine.Send(100);
        Assert.Equal((TcpEvents.SoftError, TcpError.NetworkUnreachable), (machine.Connection.TakeEvents(), machine.Connection.SoftError));
        machine.Send(100);

        Assert.Equal(TcpEvents.None, machine.Connection.TakeEvents());
        Assert.Equal(TcpState.Established, machine.Connection.State);
    }

    private static bool IsArp(byte[] frame) => frame[12] == 8 && frame[13] == 6;

    private static Instant Pass(IpHost host, Instant now, Duration time)
    {
        Instant end = now + time;
        for (bool isDone = false; !isDone;)
        {
            isDone = now >= end;
            host.Receive(now, 64);
            host.TimersExpire(now);
            host.Transmit(now, 1000);
            now = Instant.Min(end, Instant.Max(now, host.NextDeadline));
        }

        return end;
    }
}
