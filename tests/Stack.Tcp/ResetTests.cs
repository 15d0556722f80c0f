using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class ResetTests
{
    public static TheoryData<TcpState> Synchronized =>
        [TcpState.Established, TcpState.FinWait1, TcpState.FinWait2, TcpState.CloseWait, TcpState.Closing, TcpState.LastAck];

    [Theory]
    [MemberData(nameof(Synchronized))]
    [Trait("RFC", "9293 §3.10.7.4, 5961 §3.2")]
    public void An_exact_reset_ends_the_connection(TcpState state)
    {
        Machine machine = new Machine().Reach(state);

        machine.Receive(Rst, machine.PeerNext, 0);

        machine.ExpectNothing();
        Assert.Equal(TcpState.Closed, machine.Connection.State);
        Assert.Equal(TcpError.ConnectionReset, machine.Connection.Error);
        Assert.True((machine.Connection.TakeEvents() & TcpEvents.Closed) != 0);
        Assert.Equal(0, machine.Tcp.ConnectionCount);
        machine.AssertBalanced();
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    [Trait("RFC", "5961 §3.2")]
    public void A_reset_elsewhere_in_the_window_is_challenged(TcpState state)
    {
        Machine machine = new Machine().Reach(state);

        machine.Receive(Rst, machine.PeerNext + 1, 0);

        machine.Expect(Ack, machine.OurNext(), machine.PeerNext);
        machine.ExpectNothing();
        Assert.Equal(state, machine.Connection.State);
        Assert.Equal(1, machine[DropReason.TcpChallenged]);
    }

    [Fact]
    [Trait("RFC", "5961 §3.2")]
    public void Payload_does_not_make_a_reset_fit()
    {
        // Its sequence number lies before the window, its payload reaches into it.
        Machine machine = new Machine().Established();

        machine.Receive(Rst, machine.PeerNext - 5, 0, payloadBytes: 100);

        machine.ExpectNothing();
        Assert.Equal(TcpState.Established, machine.Connection.State);
        Assert.Equal(1, machine[DropReason.TcpOutOfWindow]);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4, 5961 §3.2")]
    public void A_reset_with_the_SYN_of_a_half_open_connection_is_not_taken_for_that_SYN()
    {
        Machine machine = new Machine().SynReceived();

        machine.Receive(Syn | Rst, 0, 0);

        machine.ExpectNothing();
        Assert.Equal(TcpState.SynReceived, machine.Connection.State);
        Assert.Equal(1, machine[DropReason.TcpOutOfWindow]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [Trait("RFC", "9293 §3.8.6 MUST-66")]
    public void An_exact_reset_ends_the_connection_at_a_closed_window_too(int payloadBytes)
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = 1000 }).Established();
        machine.Receive(Ack, 1, 1, 1000);
        Assert.Equal(0, machine.Expect(Ack, 1, 1001).Window);

        machine.Receive(Rst, 1001, 0, payloadBytes);

        machine.ExpectNothing();
        Assert.Equal(TcpError.ConnectionReset, machine.Connection.Error);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void What_the_peer_sent_before_its_FIN_is_read_although_a_reset_meets_our_own_FIN()
    {
        Machine machine = new Machine().Established();
        machine.Receive(Fin | Ack, 1, 1, 10);
        machine.Expect(Ack, 1, 12);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.Expect(Fin | Ack, 1, 12);

        machine.Receive(Rst, 12, 0);

        Assert.Equal(TcpError.ConnectionReset, machine.Connection.Error);
        Assert.Equal(10, machine.Read().Length);
        machine.AssertBalanced();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(70_000)]
    [Trait("RFC", "9293 §3.10.7.4, 5961 §3.2")]
    public void A_reset_outside_of_the_window_is_dropped_silently(int offset)
    {
        Machine machine = new Machine().Established();

        machine.Receive(Rst, machine.PeerNext + offset, 0);

        machine.ExpectNothing();
        Assert.Equal(TcpState.Established, machine.Connection.State);
        Assert.Equal(1, machine[DropReason.TcpOutOfWindow]);
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    [Trait("RFC", "5961 §4.2")]
    public void A_SYN_is_challenged_wherever_it_lies(TcpState state)
    {
        foreach (int offset in new[] { -1000, 0, 100, 100_000 })
        {
            Machine machine = new Machine().Reach(state);

            machine.Receive(Syn, machine.PeerNext + offset, 0);

            machine.Expect(Ack, machine.OurNext(), machine.PeerNext);
            machine.ExpectNothing();
            Assert.Equal(state, machine.Connection.State);
        }
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    [Trait("RFC", "5961 §4.2")]
    public void A_SYN_with_payload_beyond_the_window_is_challenged_like_any_other(TcpState state)
    {
        Machine machine = new Machine(Machine.Plain with { ReceiveBufferBytes = 4096 }).Reach(state);

        machine.Receive(Syn, machine.PeerNext + 3500, 0, payloadBytes: 1000);

        machine.Expect(Ack, machine.OurNext(), machine.PeerNext);
        machine.ExpectNothing();
        Assert.Equal(state, machine.Connection.State);
        Assert.Equal(1, machine[DropReason.TcpChallenged]);
    }

    [Fact]
    [Trait("RFC", "5961 §7")]
    public void Challenges_are_throttled_for_each_connection_alone()
    {
        Machine machine = new Machine(options: new TcpOptions { ChallengesPerFiveSeconds = 3 }).Established();
        for (int i = 0; i < 10; i++)
        {
            machine.Receive(Syn, 5, 0);
        }

        Assert.Equal(3, machine.Wire.FromHost.Count);
        machine.Wire.FromHost.Clear();
        machine.PassMilliseconds(5001);
        machine.Receive(Syn, 5, 0);
        machine.Expect(Ack, 1, 1);

        machine.Peer = new IpEndPoint(PeerAddress, 5001);
        machine.Established();
        machine.Receive(Syn, 5, 0);
        machine.Expect(Ack, 1, 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20_002)]
    [Trait("RFC", "5961 §5.2")]
    public void An_acknowledgment_too_far_away_is_answered_and_dropped(int distance)
    {
        // The least acceptable one is the largest window of the peer before SND.UNA; the greatest is SND.NXT.
        Machine machine = new Machine().Established();
        int acknowledgment = distance == 1 ? 2 : 1 - 20_001;

        machine.Receive(Ack, 1, acknowledgment, 10);

        machine.Expect(Ack, 1, 1);
        Assert.Empty(machine.Read());
        Assert.Equal(1, machine[DropReason.TcpBadAcknowledgment]);
    }

    [Fact]
    [Trait("RFC", "5961 §5.2")]
    public void Data_with_an_old_acknowledgment_is_taken_in()
    {
        Machine machine = new Machine().Established();

        machine.Receive(Ack, 1, 1 - 20_000, 10);

        Assert.Equal(10, machine.Read().Length);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void A_segment_without_ACK_is_dropped()
    {
        Machine machine = new Machine().Established();

        machine.Receive(Psh, 1, 0, 10);

        machine.ExpectNothing();
        Assert.Empty(machine.Read());
        Assert.Equal(1, machine[DropReason.TcpBadFlags]);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.1")]
    public void A_segment_for_nobody_is_answered_with_a_reset_that_fits_it()
    {
        Machine machine = new();

        machine.Receive(Ack | Psh, 100, 500, 7);
        machine.Expect(Rst, 500, 0);
        machine.Receive(Syn | Fin, 100, 0, 7);
        machine.Expect(Rst | Ack, 0, 109);
        machine.Receive(Rst, 100, 0);
        machine.Receive(Rst | Ack, 100, 7);
        machine.ExpectNothing();

        Assert.Equal(2, machine[DropReason.TcpNoConnection]);
        Assert.Equal(2, machine[DropReason.TcpStrayReset]);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.1")]
    public void Resets_for_nobody_are_limited()
    {
        Machine machine = new(options: new TcpOptions { StrayResetsPerSecond = 2 });
        for (int i = 0; i < 5; i++)
        {
            machine.Receive(Ack, 1, 1);
        }

        Assert.Equal(2, machine.Wire.FromHost.Count);
        machine.PassMilliseconds(1001);
        machine.Receive(Ack, 1, 1);
        Assert.Equal(3, machine.Wire.FromHost.Count);
        Assert.Equal(6, machine[DropReason.TcpNoConnection]);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.2")]
    public void In_LISTEN_only_a_SYN_opens_a_connection()
    {
        Machine machine = new Machine().Listen();

        machine.Receive(Rst, 0, 0);
        machine.Receive(Fin, 0, 0);
        machine.ExpectNothing();
        machine.Receive(Ack, 0, 77);
        machine.Expect(Rst, 77, 0);
        machine.Receive(Syn | Ack, 0, 78);
        machine.Expect(Rst, 78, 0);

        Assert.Equal(0, machine.Tcp.ConnectionCount);
        machine.AssertBalanced();
    }

    [Theory]
    [InlineData(TcpState.SynReceived, true)]
    [InlineData(TcpState.Established, true)]
    [InlineData(TcpState.FinWait1, true)]
    [InlineData(TcpState.FinWait2, true)]
    [InlineData(TcpState.CloseWait, true)]
    [InlineData(TcpState.SynSent, false)]
    [InlineData(TcpState.Closing, false)]
    [InlineData(TcpState.LastAck, false)]
    [Trait("RFC", "9293 §3.10.5")]
    public void Aborting_resets_the_peer_where_it_still_counts_on_us(TcpState state, bool isReset)
    {
        Machine machine = new Machine().Reach(state);
        int next = machine.OurNext();

        machine.Connection.Abort(machine.Now);
        machine.Turn();

        if (isReset)
        {
            machine.Expect(Rst | Ack, next, machine.PeerNext);
        }

        machine.ExpectNothing();
        Assert.Equal(TcpError.ConnectionAborted, machine.Connection.Error);
        machine.AssertBalanced();
    }

    [Theory]
    [InlineData(TcpState.CloseWait)]
    [InlineData(TcpState.FinWait1)]
    [Trait("RFC", "9293 §3.10.5")]
    public void Aborting_resets_the_peer_that_has_not_seen_our_FIN_whatever_it_has_sent_itself(TcpState before)
    {
        // "All queued SENDs ... should be given 'connection reset' notification": data is queued, and the FIN behind it.
        Machine machine = new Machine().Established(window: 0);
        machine.Send(100);
        if (before == TcpState.FinWait1)
        {
            machine.Connection.Shutdown(machine.Now);
            machine.Turn();
        }

        machine.Receive(Fin | Ack, 1, 1, window: 0);
        machine.Expect(Ack, 1, 2);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.ExpectNothing();

        machine.Connection.Abort(machine.Now);
        machine.Turn();

        machine.Expect(Rst | Ack, 1, 2);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void A_segment_outside_of_the_window_is_answered_with_an_acknowledgment()
    {
        Machine machine = new Machine().Established();

        machine.Receive(Ack, 70_000, 1, 10);
        machine.Expect(Ack, 1, 1);
        machine.Receive(Ack, 0, 1);
        machine.Expect(Ack, 1, 1);
        machine.Receive(Ack, -9, 1, 10);
        machine.Expect(Ack, 1, 1);

        Assert.Equal(2, machine[DropReason.TcpOutOfWindow]);
        Assert.Equal(1, machine[DropReason.TcpDuplicateData]);
    }

    [Fact]
    [Trait("RFC", "1122 §4.2.2.13")]
    public void Data_that_nobody_will_read_is_answered_with_a_reset()
    {
        Machine machine = new Machine().Established();
        machine.Connection.Close(machine.Now);
        machine.Turn();
        machine.Expect(Fin | Ack, 1, 1);

        machine.Receive(Ack, 1, 2, 10);

        machine.Expect(Rst | Ack, 2, 1);
        Assert.Equal(0, machine.Tcp.ConnectionCount);
        Assert.Equal(1, machine[DropReason.TcpDataAfterClose]);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §4.2.2.13")]
    public void Closing_with_data_unread_resets_the_connection()
    {
        Machine machine = new Machine().Established();
        machine.Receive(Ack, 1, 1, 10);
        machine.Expect(Ack, 1, 11);

        machine.Connection.Close(machine.Now);
        machine.Turn();

        machine.Expect(Rst | Ack, 1, 11);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.5")]
    public void The_reset_of_an_abort_waits_for_room_and_is_sent_then()
    {
        Machine machine = new Machine().Established();
        machine.Wire.IsFull = true;
        for (int i = 0; i < 1000 && machine.Host.HasRoom(machine.Host.FindPath(PeerAddress)!); i++)
        {
            // The port takes so many frames beyond what the device does.
            machine.Receive(Psh | Ack, 300_000, 1, 10);
        }

        Assert.False(machine.Host.HasRoom(machine.Host.FindPath(PeerAddress)!));
        machine.Connection.Abort(machine.Now);
        machine.Turn();
        Assert.Equal(0, machine.Tcp.ConnectionCount);
        Assert.Equal(0, machine.Host.Counters[Counter.TcpResetsTransmitted]);

        machine.Wire.IsFull = false;
        machine.PassMilliseconds(10);

        Assert.Equal(1, machine.Host.Counters[Counter.TcpResetsTransmitted]);
        Assert.Equal(Rst | Ack, SentSegment.Read(machine.Wire.FromHost.Last(), machine.Now).Flags);
    }
}
