using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class TimeWaitTests
{
    [Fact]
    [Trait("RFC", "9293 §3.6.1")]
    public void TIME_WAIT_ends_after_two_segment_lifetimes()
    {
        Machine machine = new Machine().Reach(TcpState.TimeWait);
        machine.PassMilliseconds(59_900);
        Assert.Equal(1, machine.Tcp.TimeWaitCount);

        machine.PassMilliseconds(200);

        Assert.Equal(0, machine.Tcp.TimeWaitCount);
        machine.ExpectNothing();
        Assert.Equal(Instant.Never, machine.Host.NextDeadline);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void A_repeated_FIN_is_acknowledged_and_starts_the_time_anew()
    {
        Machine machine = new Machine().Reach(TcpState.TimeWait);
        machine.PassMilliseconds(50_000);

        machine.Receive(Fin | Ack, 1, 2);

        machine.Expect(Ack, 2, 2);
        machine.PassMilliseconds(59_000);
        Assert.Equal(1, machine.Tcp.TimeWaitCount);
        machine.PassMilliseconds(2_000);
        Assert.Equal(0, machine.Tcp.TimeWaitCount);
    }

    [Fact]
    [Trait("RFC", "1337 §3")]
    public void A_reset_does_not_end_TIME_WAIT()
    {
        Machine machine = new Machine().Reach(TcpState.TimeWait);

        machine.Receive(Rst, 2, 0);

        Assert.Equal(1, machine.Tcp.TimeWaitCount);
        machine.ExpectNothing();
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void An_acknowledgment_in_order_is_not_answered_and_one_out_of_order_is()
    {
        Machine machine = new Machine().Reach(TcpState.TimeWait);

        machine.Receive(Ack, 2, 2);
        machine.ExpectNothing();
        machine.Receive(Ack, 500, 2);
        machine.Expect(Ack, 2, 2);
        machine.Receive(Ack, 2, 2, 10);
        machine.Expect(Ack, 2, 2);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void A_segment_without_ACK_inside_the_window_is_dropped_silently()
    {
        Machine machine = new Machine().Reach(TcpState.TimeWait);

        machine.Receive(Fin, 2, 0);
        machine.Receive(Psh, 100, 0, 10);

        machine.ExpectNothing();
        Assert.Equal(2, machine[DropReason.TcpBadFlags]);
        machine.Receive(Fin, 1, 0);
        machine.Expect(Ack, 2, 2);
    }

    [Fact]
    [Trait("RFC", "1122 §4.2.2.13")]
    public void A_SYN_with_a_later_sequence_number_opens_a_new_connection()
    {
        Machine machine = new Machine().Reach(TcpState.TimeWait);
        uint before = machine.InitialSequence;

        machine.Receive(Syn, 50_000, 0, options: MachineStates.Mss(1000));

        SentSegment answer = machine.Take();
        Assert.Equal(Syn | Ack, answer.Flags);
        Assert.Equal(unchecked(PeerInitialSequence + 50_001), answer.Acknowledgment);
        Assert.True((int)(answer.Sequence - before) > 0, "the new initial sequence number lies behind the old connection");
        Assert.Equal((1, 0), (machine.Tcp.ConnectionCount, machine.Tcp.TimeWaitCount));
    }

    [Fact]
    [Trait("RFC", "1122 §4.2.2.13")]
    public void A_SYN_with_an_earlier_sequence_number_is_answered_with_the_last_acknowledgment()
    {
        Machine machine = new Machine().Reach(TcpState.TimeWait);

        machine.Receive(Syn, -50_000, 0);

        machine.Expect(Ack, 2, 2);
        Assert.Equal((0, 1), (machine.Tcp.ConnectionCount, machine.Tcp.TimeWaitCount));
    }

    [Theory]
    [InlineData(1001, true)]
    [InlineData(999, false)]
    [Trait("RFC", "6191 §2")]
    public void With_timestamps_the_later_one_decides(uint timestamp, bool isAccepted)
    {
        Machine machine = new(new TcpConnectionOptions());
        machine.Established([.. MachineStates.Mss(1000), .. OptionTests.Timestamps(990, 0)]);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.Take();
        machine.Receive(Fin | Ack, 1, 2, options: OptionTests.Timestamps(1000, 0));
        machine.Take();
        Assert.Equal(1, machine.Tcp.TimeWaitCount);

        // By its sequence number the SYN is an old one.
        machine.Receive(Syn, -50_000, 0, options: [.. MachineStates.Mss(1000), .. OptionTests.Timestamps(timestamp, 0)]);

        Assert.Equal(isAccepted ? Syn | Ack : Ack, machine.Take().Flags);
        Assert.Equal(isAccepted ? 0 : 1, machine.Tcp.TimeWaitCount);
    }

    [Fact]
    [Trait("RFC", "9293 §3.6.1")]
    public void The_oldest_is_forgotten_where_there_are_too_many()
    {
        Machine machine = new(options: new TcpOptions { MaximumTimeWait = 2 });
        for (ushort port = 5001; port <= 5003; port++)
        {
            machine.Peer = new IpEndPoint(PeerAddress, port);
            machine.Reach(TcpState.TimeWait);
        }

        Assert.Equal(2, machine.Tcp.TimeWaitCount);
        machine.Peer = new IpEndPoint(PeerAddress, 5001);
        machine.Receive(Fin | Ack, 1, 2);
        Assert.Equal(Rst, machine.Take().Flags);
        machine.Peer = new IpEndPoint(PeerAddress, 5002);
        machine.Receive(Fin | Ack, 1, 2);
        Assert.Equal(Ack, machine.Take().Flags);
    }

    [Fact]
    [Trait("RFC", "9293 §3.6.1")]
    public void Connecting_anew_between_the_same_ends_goes_on_behind_the_old_connection()
    {
        Machine machine = new Machine().Connected();
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.Expect(Fin | Ack, 1, 1);
        machine.Receive(Fin | Ack, 1, 2);
        machine.Expect(Ack, 2, 2);
        uint before = machine.InitialSequence;

        TcpConnection? again = machine.Tcp.Connect(machine.Ours, machine.Peer, machine.Options, machine.Now, out TcpError error);
        machine.Turn();

        Assert.Equal(TcpError.None, error);
        Assert.NotNull(again);
        Assert.True((int)(machine.Take().Sequence - before) > 2);
        Assert.Equal(0, machine.Tcp.TimeWaitCount);
    }

    [Fact]
    [Trait("RFC", "6191 §3, 7323 §5.4")]
    public void Connecting_anew_between_the_same_ends_the_clock_goes_on_too()
    {
        Machine machine = new Machine(new TcpConnectionOptions()).SynSent();
        machine.Receive(Syn | Ack, 0, 1, options: [.. MachineStates.Mss(1000), .. OptionTests.Timestamps(1, 0)]);
        machine.Take();
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        uint before = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(machine.Take().Options.AsSpan(4));
        machine.Receive(Fin | Ack, 1, 2, options: OptionTests.Timestamps(2, before));
        Assert.Equal(1, machine.Tcp.TimeWaitCount);
        machine.PassMilliseconds(7);

        machine.Tcp.Connect(machine.Ours, machine.Peer, machine.Options, machine.Now, out _);
        machine.Wire.FromHost.Clear();
        machine.Turn();

        // The peer in TIME-WAIT lets a SYN in whose timestamp is later than all of the old connection's.
        byte[] options = machine.Take().Options;
        Assert.Equal([8, 10], options[6..8]);
        Assert.Equal(7U, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(options.AsSpan(8)) - before);
    }

    [Fact]
    [Trait("RFC", "7323 §5.4, 6528 §3")]
    public void Clock_and_sequence_numbers_of_another_host_are_of_no_use_to_guess_ours()
    {
        HashSet<uint> clocks = [];
        HashSet<uint> sequences = [];
        for (ushort port = 1; port <= 200; port++)
        {
            Machine machine = new(new TcpConnectionOptions());
            machine.Tcp.Connect(new IpEndPoint(OurAddress, 50_000), new IpEndPoint(PeerAddress, port), null, machine.Now, out _);
            machine.Turn();
            SentSegment syn = machine.Take();
            clocks.Add(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(syn.Options.AsSpan(8)) >> 16);
            sequences.Add(syn.Sequence >> 16);
        }

        // All at the same instant: nothing but the keyed hash of the ends tells them apart.
        Assert.InRange(clocks.Count, 190, 200);
        Assert.InRange(sequences.Count, 190, 200);
    }
}
