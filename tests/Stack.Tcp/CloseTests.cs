using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class CloseTests
{
    [Fact]
    [Trait("RFC", "9293 §3.6 case 1")]
    public void Closing_first_goes_through_FIN_WAIT_to_TIME_WAIT()
    {
        Machine machine = new Machine().Established();
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.Expect(Fin | Ack, 1, 1);
        Assert.Equal(TcpState.FinWait1, machine.Connection.State);
        machine.Receive(Ack, 1, 2);
        Assert.Equal(TcpState.FinWait2, machine.Connection.State);

        machine.Receive(Fin | Ack, 1, 2);

        machine.Expect(Ack, 2, 2);
        Assert.Equal(TcpState.TimeWait, machine.Connection.State);
        Assert.Equal(TcpError.None, machine.Connection.Error);
        Assert.Equal(TcpEvents.Readable | TcpEvents.Closed, machine.Connection.TakeEvents());
        Assert.Equal((0, 1), (machine.Tcp.ConnectionCount, machine.Tcp.TimeWaitCount));
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.6 case 2")]
    public void Closing_second_goes_through_CLOSE_WAIT_to_CLOSED()
    {
        Machine machine = new Machine().Established();
        machine.Receive(Fin | Ack, 1, 1);
        machine.Expect(Ack, 1, 2);
        Assert.Equal(TcpState.CloseWait, machine.Connection.State);
        Assert.True(machine.Connection.IsReceiveFinished);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.Expect(Fin | Ack, 1, 2);
        Assert.Equal(TcpState.LastAck, machine.Connection.State);

        machine.Receive(Ack, 2, 2);

        Assert.Equal(TcpState.Closed, machine.Connection.State);
        Assert.Equal(TcpError.None, machine.Connection.Error);
        Assert.Equal((0, 0), (machine.Tcp.ConnectionCount, machine.Tcp.TimeWaitCount));
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.6 case 3")]
    public void FINs_that_cross_go_through_CLOSING_to_TIME_WAIT()
    {
        Machine machine = new Machine().Reach(TcpState.FinWait1);
        machine.Receive(Fin | Ack, 1, 1);
        machine.Expect(Ack, 2, 2);
        Assert.Equal(TcpState.Closing, machine.Connection.State);

        machine.Receive(Ack, 2, 2);

        machine.ExpectNothing();
        Assert.Equal(TcpState.TimeWait, machine.Connection.State);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void A_FIN_that_acknowledges_ours_leads_from_FIN_WAIT_1_to_TIME_WAIT()
    {
        Machine machine = new Machine().Reach(TcpState.FinWait1);

        machine.Receive(Fin | Ack, 1, 2);

        machine.Expect(Ack, 2, 2);
        Assert.Equal(TcpState.TimeWait, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.6")]
    public void Half_closed_we_still_receive()
    {
        Machine machine = new Machine().Reach(TcpState.FinWait2);

        machine.Receive(Ack, 1, 2, 100);
        machine.Expect(Ack, 2, 101);

        Assert.Equal(100, machine.Read().Length);
        Assert.Equal(TcpState.FinWait2, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.6")]
    public void Half_closed_by_the_peer_we_still_send()
    {
        Machine machine = new Machine().Reach(TcpState.CloseWait);

        machine.Send(100);
        machine.Expect(Psh | Ack, 1, 2, 100);
        machine.Receive(Ack, 2, 101);

        Assert.Equal(0, machine.Connection.QueuedBytes);
        Assert.Equal(TcpState.CloseWait, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.4")]
    public void The_FIN_follows_what_is_queued_on_the_last_segment()
    {
        Machine machine = new Machine().Established();
        machine.Append(1500);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();

        machine.Expect(Ack, 1, 1, 1000);
        machine.Expect(Fin | Psh | Ack, 1001, 1, 500);
        machine.Receive(Ack, 1, 1501);
        Assert.Equal(TcpState.FinWait1, machine.Connection.State);
        machine.Receive(Ack, 1, 1502);
        Assert.Equal(TcpState.FinWait2, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.2")]
    public void What_is_appended_after_the_FIN_is_discarded()
    {
        Machine machine = new Machine().Reach(TcpState.FinWait1);

        machine.Send(10);

        machine.ExpectNothing();
        Assert.Equal(0, machine.Connection.QueuedBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void A_FIN_behind_a_gap_waits_for_what_is_missing()
    {
        Machine machine = new Machine().Established();
        machine.Receive(Fin | Ack, 101, 1, 50);
        machine.Expect(Ack, 1, 1);
        Assert.Equal(TcpState.Established, machine.Connection.State);

        machine.Receive(Ack, 1, 1, 100);

        machine.Expect(Ack, 1, 152);
        Assert.Equal(TcpState.CloseWait, machine.Connection.State);
        Assert.Equal(150, machine.Read().Length);
        Assert.True(machine.Connection.IsReceiveFinished);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void An_acknowledgment_that_falls_together_with_a_retransmission_is_sent_where_the_peer_accepts_it()
    {
        // Both sides send their FINs again at the same moment: each lies before the other's window and is dropped there.
        Machine machine = new Machine().Reach(TcpState.Closing);
        machine.Now += Duration.FromMilliseconds(201);

        machine.Receive(Fin | Ack, 1, 1);

        machine.Expect(Fin | Ack, 1, 2);
        machine.Expect(Ack, 2, 2);
        machine.ExpectNothing();
    }

    [Theory]
    [InlineData(TcpState.CloseWait)]
    [InlineData(TcpState.Closing)]
    [InlineData(TcpState.LastAck)]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void Data_behind_the_FIN_is_ignored(TcpState state)
    {
        Machine machine = new Machine().Reach(state);

        machine.Receive(Ack, 2, 1, 10);

        Assert.Equal(state, machine.Connection.State);
        Assert.Empty(machine.Read());
        Assert.Equal(1, machine[DropReason.TcpDataAfterClose]);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void A_repeated_FIN_is_acknowledged_again()
    {
        Machine machine = new Machine().Reach(TcpState.CloseWait);

        machine.Receive(Fin | Ack, 1, 1);

        machine.Expect(Ack, 1, 2);
        Assert.Equal(TcpState.CloseWait, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.6")]
    public void A_closed_connection_waits_only_so_long_in_FIN_WAIT_2()
    {
        Machine machine = new Machine(options: new TcpOptions { FinWait2Timeout = Duration.FromSeconds(10) }).Established();
        machine.Connection.Close(machine.Now);
        machine.Turn();
        machine.Expect(Fin | Ack, 1, 1);
        machine.Receive(Ack, 1, 2);
        machine.PassMilliseconds(9_900);
        Assert.Equal(1, machine.Tcp.ConnectionCount);

        machine.PassMilliseconds(200);

        machine.ExpectNothing();
        Assert.Equal(0, machine.Tcp.ConnectionCount);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.6")]
    public void A_half_closed_connection_with_an_owner_waits_in_FIN_WAIT_2_for_ever()
    {
        Machine machine = new Machine().Reach(TcpState.FinWait2);

        machine.Pass(Duration.FromSeconds(100_000));

        Assert.Equal(TcpState.FinWait2, machine.Connection.State);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.4")]
    public void Shutting_down_before_the_handshake_is_done_sends_data_and_FIN_after_it()
    {
        Machine machine = new Machine().SynSent();
        machine.Append(10);
        machine.Connection.Shutdown(machine.Now);

        machine.Receive(Syn | Ack, 0, 1);

        machine.Expect(Fin | Psh | Ack, 1, 1, 10);
        Assert.Equal(TcpState.FinWait1, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.3")]
    public void What_arrived_before_an_orderly_end_can_still_be_taken()
    {
        Machine machine = new Machine().Reach(TcpState.FinWait2);
        machine.Receive(Fin | Ack, 1, 2, 30);
        Assert.Equal(TcpState.TimeWait, machine.Connection.State);

        Assert.False(machine.Connection.IsReceiveFinished);
        Assert.Equal(30, machine.Read().Length);
        Assert.True(machine.Connection.IsReceiveFinished);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.1")]
    public void Closing_a_listen_endpoint_resets_what_was_not_accepted()
    {
        Machine machine = new Machine().SynReceived();
        machine.Receive(Ack, 1, 1);
        machine.Peer = new IpEndPoint(PeerAddress, 5001);
        machine.SynReceived();
        machine.ExpectNothing();

        machine.Listener!.Close(machine.Now);
        machine.Turn();

        Assert.Equal(Rst | Ack, machine.Take().Flags);
        Assert.Equal(Rst | Ack, machine.Take().Flags);
        machine.ExpectNothing();
        Assert.Equal(0, machine.Tcp.ConnectionCount);
        Assert.Empty(machine.Tcp.ListenEndpoints);
        machine.AssertBalanced();
    }
}
