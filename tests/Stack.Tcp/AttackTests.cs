using System.Buffers.Binary;
using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>Peers that mean harm, and strangers that forge segments of a connection.</summary>
[Collection(nameof(HeapMeasurement))]
public class AttackTests
{
    private const int Forged = 5_000;
    private const int Window = 60_000;

    /// <summary>The challenges of one stretch of five seconds.</summary>
    private static int Challenges { get; } = new TcpOptions().ChallengesPerFiveSeconds;

    [Theory]
    [InlineData(Rst)]
    [InlineData(Syn)]
    [InlineData(Syn | Ack)]
    [InlineData(Ack)]
    [InlineData(Fin | Ack)]
    [InlineData(Psh | Ack)]
    [Trait("RFC", "5961 §3 to §5, §7")]
    public void A_flood_of_forged_segments_gets_few_answers_and_leaves_the_connection_as_it_is(TcpFlags flags)
    {
        SeededEntropy entropy = new(9);
        Machine machine = new Machine().Established(window: Window);
        for (int i = 0; i < Forged; i++)
        {
            // Anywhere in the window but at its edge, and anywhere at all, with acknowledgments that are none.
            int sequence = i % 2 == 0 ? 2 + entropy.Next(60_000) : (int)entropy.NextUInt32();
            int acknowledgment = 1_000_000 + entropy.Next(1_000_000_000);
            machine.Receive(flags, sequence, acknowledgment, flags == (Psh | Ack) ? 50 : 0);
        }

        Assert.InRange(machine.Wire.FromHost.Count, 1, Challenges);
        Assert.Equal(TcpState.Established, machine.Connection.State);
        Assert.Equal(0, machine.Connection.ReceivedBytes);
        machine.Wire.FromHost.Clear();
        machine.Receive(Ack, 1, 1, 100);
        Assert.Equal(Enumerable.Range(1, 100).Select(PayloadAt), machine.Read());
        machine.Expect(Ack, 1, 101);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "5961 §7")]
    public void Challenges_of_one_connection_tell_nothing_of_another()
    {
        // A counter for all of them would let a stranger find out by its own connection whether it guessed right on another.
        Machine machine = new Machine().Established();
        for (int i = 0; i < Forged; i++)
        {
            machine.Receive(Rst, 100, 0);
        }

        machine.Wire.FromHost.Clear();
        machine.Peer = machine.Peer with { Port = 5001 };
        machine.Established();
        for (int i = 0; i < Forged; i++)
        {
            machine.Receive(Rst, 100, 0);
        }

        Assert.Equal(Challenges, machine.Wire.FromHost.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-100_000)]
    [InlineData(2_000_000)]
    [Trait("RFC", "5961 §5.2")]
    public void Data_injected_with_an_acknowledgment_that_cannot_be_the_peers_is_not_taken_in(int distance)
    {
        Machine machine = new Machine().Established();

        machine.Receive(Ack | Psh, 1, 1 + distance, 50);

        Assert.Equal(0, machine.Connection.ReceivedBytes);
        machine.Expect(Ack, 1, 1);
        Assert.Equal(1, machine[DropReason.TcpBadAcknowledgment]);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void An_old_duplicate_of_the_peers_is_answered_each_time()
    {
        Machine machine = new Machine().Established();
        machine.Receive(Ack, 1, 1, 100);
        machine.PassMilliseconds(100);
        machine.Wire.FromHost.Clear();

        for (int i = 0; i < 3 * Challenges; i++)
        {
            machine.Receive(Ack, 1, 1, 100);
            machine.Expect(Ack, 1, 101);
        }
    }

    [Theory]
    [InlineData(0, 536)]
    [InlineData(1, 48)]
    [InlineData(47, 48)]
    [InlineData(49, 49)]
    [Trait("RFC", "9293 §3.7.1")]
    public void A_maximum_segment_size_that_is_ruinously_small_is_not_obeyed(int offered, int used)
    {
        Machine machine = new Machine().Established(MachineStates.Mss(offered));

        machine.Send(1000);

        Assert.Equal(Math.Min(used, 1000), machine.Take().Payload.Length);
    }

    /// <summary>
    /// The attacks of 2019: the smallest segments, a great queue, and blocks that pick every other segment, again and again.
    /// </summary>
    [Fact]
    [Trait("RFC", "2018 §5, 6675 §3")]
    public void A_peer_that_picks_holes_into_small_segments_binds_no_more_memory_and_gets_its_data()
    {
        const int Bytes = 400_000;
        SeededEntropy entropy = new(21);
        TcpConnectionOptions options = Plain with { SelectiveAcknowledgments = true, SendBufferBytes = Bytes, NoDelay = true };
        Machine machine = new Machine(options).Established([.. MachineStates.Mss(48), 4, 2, 1, 1], window: 65_535);
        for (int sent = 0; sent < Bytes; sent += 4_000)
        {
            machine.Append(4_000);
        }

        machine.Turn();
        int acknowledged = 1;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        int most = 0;
        for (int i = 0; i < 20_000; i++)
        {
            machine.Wire.FromHost.Clear();
            machine.Receive(Ack, 1, acknowledged, window: 65_535, options: Blocks(machine, entropy, acknowledged));
            most = Math.Max(most, machine.Pool.OutstandingBlocks);
            if (i % 50 == 0)
            {
                machine.PassMilliseconds(1);
            }
        }

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(grown, long.MinValue, 2_000_000);
        Assert.InRange(most, 0, (Bytes / 4_000) + 64);

        // A peer that stops cheating gets everything.
        for (int step = 0; step < 100_000 && machine.Connection.QueuedBytes > 0; step++)
        {
            machine.PassMilliseconds(10);
            while (machine.Wire.FromHost.Count > 0)
            {
                SentSegment sent = machine.Take();
                int start = unchecked((int)(sent.Sequence - machine.InitialSequence));
                if (start <= acknowledged)
                {
                    acknowledged = Math.Max(acknowledged, start + sent.Payload.Length);
                }
            }

            machine.Receive(Ack, 1, acknowledged, window: 65_535);
        }

        Assert.Equal(0, machine.Connection.QueuedBytes);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "2018 §5")]
    public void Blocks_of_what_was_never_sent_or_is_acknowledged_mean_nothing()
    {
        Machine machine = new Machine(Plain with { SelectiveAcknowledgments = true }).Established([.. MachineStates.Mss(1000), 4, 2, 1, 1]);
        machine.Send(3000);
        machine.Wire.FromHost.Clear();

        foreach ((int start, int end) in new[] { (5_000, 9_000), (-900, -100), (2_001, 1_001), (1, 1), (int.MinValue + 5, int.MaxValue) })
        {
            for (int i = 0; i < 10; i++)
            {
                machine.Receive(Ack, 1, 1, options: Block(machine, start, end));
            }
        }

        machine.ExpectNothing();
        machine.Receive(Ack, 1, 3001);
        Assert.Equal(0, machine.Connection.QueuedBytes);
        Assert.Equal(0, machine.Host.Counters[Counter.TcpSegmentsRetransmitted]);
    }

    private static byte[] Block(Machine machine, int start, int end)
    {
        byte[] option = [1, 1, 5, 10, .. new byte[8]];
        BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(4), unchecked(machine.InitialSequence + (uint)start));
        BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(8), unchecked(machine.InitialSequence + (uint)end));
        return option;
    }

    /// <summary>Four blocks of a segment each, here and there in what may be on its way.</summary>
    private static byte[] Blocks(Machine machine, SeededEntropy entropy, int acknowledged)
    {
        byte[] option = [1, 1, 5, 34, .. new byte[32]];
        for (int i = 0; i < 4; i++)
        {
            uint start = unchecked(machine.InitialSequence + (uint)(acknowledged + (48 * (1 + (2 * entropy.Next(600))))));
            BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(4 + (8 * i)), start);
            BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(8 + (8 * i)), start + (uint)(entropy.Next(8) == 0 ? 1 : 48));
        }

        return option;
    }
}
