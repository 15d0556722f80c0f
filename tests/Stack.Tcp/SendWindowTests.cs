using NetStack.Core;
using NetStack.Ethernet;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class SendWindowTests
{
    [Fact]
    [Trait("RFC", "9293 §3.7.4")]
    public void A_small_segment_waits_while_another_small_one_is_not_acknowledged()
    {
        Machine machine = new Machine().Established();
        machine.Send(100);
        machine.Expect(Psh | Ack, 1, 1, 100);
        machine.Send(100);
        machine.Send(100);
        machine.ExpectNothing();

        machine.Receive(Ack, 1, 101);

        machine.Expect(Psh | Ack, 101, 1, 200);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "9293 §3.7.4 (Minshall)")]
    public void The_small_rest_of_a_write_does_not_wait_for_its_full_segments()
    {
        Machine machine = new Machine().Established();

        machine.Send(2100);

        machine.Expect(Ack, 1, 1, 1000);
        machine.Expect(Ack, 1001, 1, 1000);
        machine.Expect(Psh | Ack, 2001, 1, 100);
    }

    [Fact]
    [Trait("RFC", "9293 §3.7.4")]
    public void Without_Nagle_small_segments_leave_at_once()
    {
        Machine machine = new Machine(Plain with { NoDelay = true }).Established();

        machine.Send(100);
        machine.Send(100);

        machine.Expect(Psh | Ack, 1, 1, 100);
        machine.Expect(Psh | Ack, 101, 1, 100);
    }

    [Fact]
    [Trait("RFC", "9293 §3.7.4")]
    public void Switching_Nagle_off_lets_out_what_waits()
    {
        Machine machine = new Machine().Established();
        machine.Send(100);
        machine.Send(100);
        machine.Expect(Psh | Ack, 1, 1, 100);

        machine.Connection.Change(machine.Connection.Options with { NoDelay = true }, machine.Now);
        machine.Turn();

        machine.Expect(Psh | Ack, 101, 1, 100);
    }

    [Fact]
    public void Corked_only_full_segments_leave()
    {
        Machine machine = new Machine().Established();
        machine.Connection.Cork();
        machine.Send(300);
        machine.Send(1000);
        machine.Expect(Ack, 1, 1, 1000);
        machine.ExpectNothing();

        machine.Connection.Uncork(machine.Now);
        machine.Turn();

        machine.Expect(Psh | Ack, 1001, 1, 300);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6 MUST-34")]
    public void A_window_that_shrinks_below_what_is_on_its_way_holds_back_new_data_only()
    {
        Machine machine = new Machine().Established();
        machine.Send(3000);
        machine.Wire.FromHost.Clear();

        machine.Receive(Ack, 1, 1, window: 1500);
        machine.Send(1000);
        machine.ExpectNothing();
        machine.PassMilliseconds(1100);

        Assert.Equal(1, unchecked((int)(machine.Take().Sequence - machine.InitialSequence)));
        machine.Wire.FromHost.Clear();
        machine.Receive(Ack, 1, 3001, window: 1500);
        machine.Expect(Psh | Ack, 3001, 1, 1000);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6 SHLD-17, MUST-37")]
    public void A_window_closed_over_what_is_on_its_way_does_not_end_the_connection_while_the_peer_answers()
    {
        Machine machine = new Machine(Plain with { Retries = 4 }).Established();
        machine.Send(1000);
        machine.Take();
        machine.Receive(Ack, 1, 1, window: 0);

        for (int i = 0; i < 12; i++)
        {
            for (int second = 0; second < 61 && machine.Wire.FromHost.Count == 0; second++)
            {
                machine.Pass(Duration.FromSeconds(1));
            }

            machine.Expect(Psh | Ack, 1, 1, 1000);
            machine.Receive(Ack, 1, 1, window: 0);
        }

        Assert.Equal(TcpState.Established, machine.Connection.State);
        machine.Pass(Duration.FromSeconds(600));
        Assert.Equal(TcpError.TimedOut, machine.Connection.Error);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void No_more_is_sent_than_the_window_takes()
    {
        Machine machine = new Machine().Established(window: 3000);

        machine.Send(5000);

        machine.Expect(Ack, 1, 1, 1000);
        machine.Expect(Ack, 1001, 1, 1000);
        machine.Expect(Ack, 2001, 1, 1000);
        machine.ExpectNothing();
        machine.Receive(Ack, 1, 1001, window: 3000);
        machine.Expect(Ack, 3001, 1, 1000);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.2.1")]
    public void A_window_that_opens_by_a_little_is_not_used()
    {
        Machine machine = new Machine().Established(window: 3000);
        machine.Send(5000);
        machine.Wire.FromHost.Clear();

        machine.Receive(Ack, 1, 1001, window: 2100);
        machine.ExpectNothing();

        machine.Receive(Ack, 1, 1001, window: 3000);
        machine.Expect(Ack, 3001, 1, 1000);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.2.1")]
    public void Half_of_a_small_window_is_used()
    {
        Machine machine = new Machine().Established(window: 600);

        machine.Send(5000);

        machine.Expect(Ack, 1, 1, 600);
        machine.Receive(Ack, 1, 601, window: 300);
        machine.Expect(Ack, 601, 1, 300);
        machine.Receive(Ack, 1, 901, window: 200);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.1")]
    public void A_closed_window_is_probed_with_one_byte_ever_more_seldom_and_for_ever()
    {
        Machine machine = new Machine(Plain with { Retries = 3 }).Established(window: 0);
        machine.Send(5000);
        machine.ExpectNothing();
        List<long> distances = [];
        Instant last = machine.Now;
        for (int probe = 0; probe < 20; probe++)
        {
            while (machine.Wire.FromHost.Count == 0)
            {
                machine.Now = Instant.Max(machine.Now, machine.Host.NextDeadline);
                machine.Turn();
            }

            machine.Expect(Ack, 1, 1, 1);
            distances.Add((machine.Now - last).Milliseconds);
            last = machine.Now;
            machine.Receive(Ack, 1, 1, window: 0);
            machine.ExpectNothing();
        }

        Assert.Equal([200, 400, 800, 1600], distances[..4]);
        Assert.Equal(60_000, distances[^1]);
        Assert.Equal(TcpState.Established, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.1")]
    public void A_peer_that_does_not_answer_probes_for_the_user_timeout_is_given_up()
    {
        Machine machine = new Machine(Plain with { UserTimeout = Duration.FromSeconds(10) }).Established();
        machine.Receive(Ack, 1, 1, window: 0);
        machine.Send(100);
        for (int i = 0; i < 4; i++)
        {
            machine.Pass(Duration.FromSeconds(8));
            Assert.NotEmpty(machine.Wire.FromHost);
            machine.Wire.FromHost.Clear();
            machine.Receive(Ack, 1, 1, window: 0);
        }

        machine.PassMilliseconds(9_900);
        Assert.Equal(TcpState.Established, machine.Connection.State);
        machine.PassMilliseconds(200);

        Assert.Equal(TcpError.TimedOut, machine.Connection.Error);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.1")]
    public void A_peer_that_does_not_answer_probes_is_given_up()
    {
        Machine machine = new Machine(Plain with { Retries = 3 }).Established(window: 0);
        machine.Send(5000);

        machine.Pass(Duration.FromSeconds(10));

        Assert.Equal(3, machine.Wire.FromHost.Count);
        Assert.Equal(TcpError.TimedOut, machine.Connection.Error);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.1")]
    public void An_opened_window_is_used_at_once()
    {
        Machine machine = new Machine().Established(window: 0);
        machine.Send(1500);
        machine.PassMilliseconds(201);
        machine.Expect(Ack, 1, 1, 1);

        machine.Receive(Ack, 1, 1, window: 5000);

        machine.Expect(Ack, 1, 1, 1000);
        machine.Expect(Psh | Ack, 1001, 1, 500);
        machine.Receive(Ack, 1, 1501, window: 5000);
        Assert.Equal(0, machine.Connection.QueuedBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.1")]
    public void A_byte_of_a_probe_that_the_peer_took_is_not_sent_again()
    {
        Machine machine = new Machine().Established(window: 0);
        machine.Send(1500);
        machine.PassMilliseconds(201);
        machine.Expect(Ack, 1, 1, 1);

        machine.Receive(Ack, 1, 2, window: 0);
        machine.ExpectNothing();
        machine.Receive(Ack, 1, 2, window: 5000);

        machine.Expect(Ack, 2, 1, 1000);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.1")]
    public void An_orphan_does_not_probe_a_closed_window_for_ever()
    {
        Machine machine = new Machine(options: new TcpOptions { OrphanRetries = 3 }).Established(window: 0);
        machine.Send(100);
        machine.Connection.Close(machine.Now);
        for (int i = 0; i < 200 && machine.Tcp.ConnectionCount > 0; i++)
        {
            machine.PassMilliseconds(100);
            if (machine.Wire.FromHost.TryDequeue(out _))
            {
                machine.Receive(Ack, 1, 1, window: 0);
            }
        }

        Assert.Equal(0, machine.Tcp.ConnectionCount);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void An_old_segment_does_not_bring_back_an_old_window()
    {
        Machine machine = new Machine().Established();
        machine.Receive(Ack, 1, 1, 10, window: 1000);
        machine.Expect(Ack, 1, 11);

        machine.Receive(Ack, 1, 1, 10, window: 20_000);
        machine.Expect(Ack, 1, 11);
        machine.Send(3000);

        machine.Expect(Ack, 1, 11, 1000);
        machine.ExpectNothing();
    }

    [Fact]
    public void A_full_port_holds_back_and_loses_nothing()
    {
        const int Connections = 300;
        Machine machine = new Machine().Listen();
        machine.Wire.IsFull = true;
        for (int i = 0; i < Connections; i++)
        {
            machine.Peer = machine.Peer with { Port = (ushort)(5000 + i) };
            machine.Receive(Syn, 0, 0);
        }

        machine.ExpectNothing();
        machine.Wire.IsFull = false;
        machine.Turn();

        Assert.Equal(Connections, machine.Wire.FromHost.Select(packet => SentSegment.Read(packet, default)).Count(sent => sent.Flags == (Syn | Ack)));
        Assert.Equal(Connections, machine.Wire.FromHost.Count);
        Assert.Equal(0, machine[DropReason.TransmitRingFull]);
    }

    [Fact]
    public void An_exhausted_pool_holds_back_and_loses_nothing()
    {
        Machine machine = new Machine(poolBlocks: 64).Established();
        machine.Append(1500);
        List<PacketBuffer> hoard = [];
        while (machine.Pool.TryLease() is { } block)
        {
            hoard.Add(block);
        }

        machine.Turn();
        machine.ExpectNothing();
        Assert.True(machine.Host.NextDeadline <= machine.Now + Duration.FromMilliseconds(10), "the loop must come back");
        hoard.ForEach(machine.Pool.Return);
        machine.PassMilliseconds(10);

        machine.Expect(Ack, 1, 1, 1000);
        machine.Expect(Psh | Ack, 1001, 1, 500);
    }

    [Fact]
    [Trait("RFC", "9293 §3.1")]
    public void Where_the_device_sums_payload_is_sliced_and_the_field_holds_the_pseudo_header()
    {
        FaultyLink link = new(1, mtuBytes: 9000, DeviceOffloads.TransmitChecksumV4);
        TwoHosts hosts = new(link);
        (TcpConnection client, TcpConnection server) = hosts.Connect();
        Transfer transfer = new(client, server, 300_000);

        hosts.Until(() =>
        {
            transfer.Pump(hosts.Now);
            return transfer.IsFinished;
        });

        Assert.True(link.Left.LongestChain > 2);
        Assert.Equal(0, hosts.Right.Host.Counters[DropReason.TcpBadChecksum]);
    }

    [Fact]
    public void Room_that_opens_is_reported()
    {
        Machine machine = new Machine(Plain with { SendBufferBytes = 4000 }).Established();
        machine.Append(2000);
        machine.Append(2000);
        Assert.Equal(0, machine.Connection.SendRoomBytes);
        machine.Turn();
        Assert.Equal(TcpEvents.None, machine.Connection.TakeEvents());

        machine.Receive(Ack, 1, 1001);

        Assert.Equal(TcpEvents.Writable, machine.Connection.TakeEvents());
        Assert.Equal((1000, 3000L, 3000L), (machine.Connection.SendRoomBytes, machine.Connection.QueuedBytes, machine.Connection.UnacknowledgedBytes));
    }
}
