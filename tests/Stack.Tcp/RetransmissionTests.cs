using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class RetransmissionTests
{
    [Fact]
    [Trait("RFC", "6298 §5")]
    public void Unanswered_data_is_sent_again_after_the_timeout_which_doubles()
    {
        Machine machine = new Machine().Established();
        machine.Send(100);
        machine.Expect(Psh | Ack, 1, 1, 100);

        foreach (int timeout in new[] { 200, 400, 800, 1600 })
        {
            machine.PassMilliseconds(timeout - 1);
            machine.ExpectNothing();
            machine.PassMilliseconds(1);
            machine.Turn();
            machine.PassMilliseconds(1);
            machine.Expect(Psh | Ack, 1, 1, 100);
            machine.Now -= Duration.FromMilliseconds(1);
        }

        Assert.Equal(4, machine.Host.Counters[Counter.TcpRetransmissionTimeouts]);
        Assert.Equal(4, machine.Host.Counters[Counter.TcpSegmentsRetransmitted]);
    }

    [Fact]
    [Trait("RFC", "6298 §5.7, §2.5")]
    public void The_timeout_is_bounded_and_the_connection_given_up_after_so_many()
    {
        Machine machine = new Machine(Plain with { Retries = 12 }).Established();
        machine.Send(100);
        machine.Expect(Psh | Ack, 1, 1, 100);
        List<long> times = [];
        Instant last = machine.Now;
        while (machine.Connection.State != TcpState.Closed)
        {
            machine.Now = Instant.Max(machine.Now, machine.Host.NextDeadline);
            machine.Turn();
            while (machine.Wire.FromHost.TryDequeue(out _))
            {
                times.Add((machine.Now - last).Milliseconds);
                last = machine.Now;
            }
        }

        Assert.Equal([200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000, 60000], times);
        Assert.Equal(60_000, (machine.Now - last).Milliseconds);
        Assert.Equal(TcpError.TimedOut, machine.Connection.Error);
        Assert.Equal(TcpEvents.SoftError | TcpEvents.Closed, machine.Connection.TakeEvents());
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "5482 §3")]
    public void The_user_timeout_takes_the_place_of_the_count()
    {
        Machine machine = new Machine(Plain with { UserTimeout = Duration.FromMilliseconds(1000) }).Established();
        machine.Send(100);

        machine.PassMilliseconds(995);
        Assert.Equal(TcpState.Established, machine.Connection.State);
        machine.PassMilliseconds(10);

        Assert.Equal(TcpError.TimedOut, machine.Connection.Error);
    }

    [Fact]
    [Trait("RFC", "5482 §3")]
    public void Progress_starts_the_user_timeout_anew()
    {
        Machine machine = new Machine(Plain with { UserTimeout = Duration.FromMilliseconds(1000) }).Established();
        machine.Send(3000);
        for (int i = 1; i <= 3; i++)
        {
            machine.PassMilliseconds(900);
            machine.Receive(Ack, 1, 1 + (i * 1000));
        }

        Assert.Equal(TcpState.Established, machine.Connection.State);
        Assert.Equal(0, machine.Connection.QueuedBytes);
        machine.Pass(Duration.FromSeconds(5));
        Assert.Equal(TcpState.Established, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "6298 §2.2, §2.3")]
    public void The_timeout_follows_the_round_trip()
    {
        Machine machine = new Machine().SynReceived();
        machine.PassMilliseconds(400);

        machine.Receive(Ack, 1, 1);
        machine.Connection = machine.Listener!.TryAccept()!;
        Assert.Equal(Duration.FromMilliseconds(400), machine.Connection.RoundTripTime);
        machine.Send(100);
        machine.Expect(Psh | Ack, 1, 1, 100);

        // SRTT + 4 * RTTVAR = 400 + 4 * 200.
        machine.PassMilliseconds(1199);
        machine.ExpectNothing();
        machine.PassMilliseconds(2);
        machine.Expect(Psh | Ack, 1, 1, 100);
    }

    [Fact]
    [Trait("RFC", "6298 §3")]
    public void A_segment_sent_twice_measures_no_round_trip()
    {
        Machine machine = new Machine().Established();
        Duration before = machine.Connection.RoundTripTime;
        machine.Send(100);
        machine.PassMilliseconds(201);

        machine.Receive(Ack, 1, 101);

        Assert.Equal(before, machine.Connection.RoundTripTime);
    }

    [Fact]
    [Trait("RFC", "6298 §3")]
    public void What_waited_behind_a_segment_sent_twice_measures_no_round_trip_either()
    {
        Machine machine = new Machine().Established();
        Duration before = machine.Connection.RoundTripTime;
        machine.Send(3_000);
        machine.PassMilliseconds(201);
        machine.Expect(Ack, 1, 1, 1000);
        machine.Wire.FromHost.Clear();

        // The second and third were sent once, but the hole before them held their acknowledgment up.
        machine.PassMilliseconds(50);
        machine.Receive(Ack, 1, 3001);

        Assert.Equal(before, machine.Connection.RoundTripTime);
    }

    [Fact]
    [Trait("RFC", "6298 §5.7")]
    public void After_a_lost_SYN_the_timeout_starts_at_three_seconds()
    {
        Machine machine = new Machine().SynSent();
        machine.PassMilliseconds(1001);
        machine.Expect(Syn, 0, 0);
        machine.Receive(Syn | Ack, 0, 1, options: MachineStates.Mss(1000));
        machine.Expect(Ack, 1, 1);
        machine.Send(100);
        machine.Expect(Psh | Ack, 1, 1, 100);

        machine.PassMilliseconds(2998);
        machine.ExpectNothing();
        machine.PassMilliseconds(3);
        machine.Expect(Psh | Ack, 1, 1, 100);
    }

    [Fact]
    [Trait("RFC", "5681 §3.1, 6298 §5.4")]
    public void After_a_timeout_one_segment_is_sent_and_slow_start_sends_the_rest()
    {
        Machine machine = new Machine().Established();
        machine.Send(8000);
        machine.Wire.FromHost.Clear();
        machine.PassMilliseconds(201);
        machine.Expect(Ack, 1, 1, 1000);
        machine.ExpectNothing();
        Assert.Equal(1000, machine.Connection.Congestion!.WindowBytes);
        Assert.Equal(4000, machine.Connection.Congestion.SlowStartThresholdBytes);

        machine.Receive(Ack, 1, 1001);
        machine.Expect(Ack, 1001, 1, 1000);
        machine.Expect(Ack, 2001, 1, 1000);
        machine.ExpectNothing();

        // The rest had arrived: what is acknowledged is not sent again.
        machine.Receive(Ack, 1, 8001);
        machine.ExpectNothing();
        Assert.Equal(0, machine.Connection.QueuedBytes);
    }

    [Fact]
    [Trait("RFC", "6298 §5.3")]
    public void Each_acknowledgment_of_new_data_starts_the_timer_anew()
    {
        Machine machine = new Machine().Established();
        machine.Send(2000);
        machine.Wire.FromHost.Clear();
        machine.PassMilliseconds(150);
        machine.Receive(Ack, 1, 1001);

        // SRTT = 150/8, RTTVAR small: the minimum of 200 ms counts for the variation.
        machine.PassMilliseconds(190);
        machine.ExpectNothing();
        machine.PassMilliseconds(200);
        machine.Expect(Psh | Ack, 1001, 1, 1000);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.1")]
    public void A_lost_FIN_is_sent_again()
    {
        Machine machine = new Machine().Reach(TcpState.FinWait1);

        machine.PassMilliseconds(201);
        machine.Expect(Fin | Ack, 1, 1);
        machine.Receive(Ack, 1, 2);

        Assert.Equal(TcpState.FinWait2, machine.Connection.State);
        machine.PassMilliseconds(10_000);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.1")]
    public void Data_and_FIN_are_sent_again_together()
    {
        Machine machine = new Machine().Established();
        machine.Append(100);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.Expect(Fin | Psh | Ack, 1, 1, 100);

        machine.PassMilliseconds(201);

        machine.Expect(Fin | Psh | Ack, 1, 1, 100);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.3")]
    public void An_orphan_is_given_up_sooner()
    {
        Machine machine = new Machine(options: new TcpOptions { OrphanRetries = 2 }).Established();
        machine.Connection.Close(machine.Now);

        machine.Pass(Duration.FromSeconds(2));

        Assert.Equal(3, machine.Wire.FromHost.Count);
        Assert.Equal(0, machine.Tcp.ConnectionCount);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "7323 §4.1")]
    public void With_timestamps_a_segment_sent_twice_measures_the_round_trip_too()
    {
        Machine machine = new Machine(new TcpConnectionOptions())
            .Established([.. MachineStates.Mss(1000), .. OptionTests.Timestamps(100, 0)]);
        machine.Send(100);
        machine.Take();
        machine.PassMilliseconds(201);
        uint clock = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(machine.Take().Options.AsSpan(4));
        machine.PassMilliseconds(80);

        machine.Receive(Ack, 1, 101, options: OptionTests.Timestamps(300, clock));

        // From 1 ns at the handshake: SRTT = 7/8 * 0 + 1/8 * 80 ms.
        Assert.InRange(machine.Connection.RoundTripTime.Milliseconds, 9, 10);
    }
}
