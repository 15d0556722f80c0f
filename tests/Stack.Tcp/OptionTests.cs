using System.Buffers.Binary;
using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class OptionTests
{
    private static readonly TcpConnectionOptions _all = new();

    /// <summary>The timestamps option behind two bytes of padding.</summary>
    public static byte[] Timestamps(uint value, uint echo)
    {
        byte[] option = [1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(4), value);
        BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(8), echo);
        return option;
    }

    [Fact]
    [Trait("RFC", "9293 §3.7.1, 2018 §2, 7323 §2, §3")]
    public void A_SYN_offers_segment_size_SACK_timestamps_and_window_scale_in_this_order()
    {
        Machine machine = new Machine(_all).Open();

        byte[] options = machine.Take().Options;

        Assert.Equal([2, 4, 1460 >> 8, 1460 & 255, 4, 2, 8, 10], options[..8]);
        Assert.Equal([0, 0, 0, 0, 1, 3, 3, 8], options[12..]);
    }

    [Fact]
    [Trait("RFC", "9293 §3.7.1")]
    public void Without_timestamps_and_SACK_the_window_scale_follows_the_segment_size()
    {
        Machine machine = new Machine(_all with { Timestamps = false, WindowScale = 3, SelectiveAcknowledgments = false }).Open();

        Assert.Equal([2, 4, 1460 >> 8, 1460 & 255, 1, 3, 3, 3], machine.Take().Options);
    }

    [Fact]
    [Trait("RFC", "7323 §1.3")]
    public void A_SYN_ACK_carries_only_what_the_SYN_offered()
    {
        Machine machine = new Machine(_all).Listen();

        machine.Receive(Syn, 0, 0, options: MachineStates.Mss(1000));
        Assert.Equal([2, 4, 1460 >> 8, 1460 & 255], machine.Take().Options);
        machine.Peer = machine.Peer with { Port = 5001 };
        machine.Receive(Syn, 0, 0, options: [.. MachineStates.Mss(1000), 1, 3, 3, 2]);
        Assert.Equal([2, 4, 1460 >> 8, 1460 & 255, 1, 3, 3, 8], machine.Take().Options);
        machine.Peer = machine.Peer with { Port = 5002 };
        machine.Receive(Syn, 0, 0, options: [.. MachineStates.Mss(1000), .. Timestamps(0xAABBCCDD, 0)]);
        byte[] options = machine.Take().Options;
        Assert.Equal([2, 4, 1460 >> 8, 1460 & 255, 1, 1, 8, 10], options[..8]);
        Assert.Equal([0xAA, 0xBB, 0xCC, 0xDD], options[12..]);
    }

    [Theory]
    [InlineData(0, 536)]
    [InlineData(1, 48)]
    [InlineData(700, 700)]
    [InlineData(9000, 1460)]
    [Trait("RFC", "9293 §3.7.1")]
    public void Segments_are_as_large_as_both_sides_and_the_path_take(int offered, int expected)
    {
        Machine machine = new Machine().Established(offered == 0 ? [] : MachineStates.Mss(offered));

        machine.Send(5000);

        machine.Expect(Ack, 1, 1, expected);
    }

    [Fact]
    [Trait("RFC", "6691 §2")]
    public void The_timestamps_option_is_subtracted_from_the_payload()
    {
        Machine machine = new Machine(_all).Established([.. MachineStates.Mss(1000), .. Timestamps(1, 0)]);

        machine.Send(5000);

        SentSegment sent = machine.Take();
        Assert.Equal(988, sent.Payload.Length);
        Assert.Equal(12, sent.Options.Length);
    }

    [Fact]
    [Trait("RFC", "7323 §2.2")]
    public void Windows_are_scaled_both_ways_but_never_that_of_a_SYN()
    {
        Machine machine = new Machine(_all with { Timestamps = false, ReceiveBufferBytes = 200_000 })
            .SynReceived([.. MachineStates.Mss(1000), 1, 3, 3, 4], window: 3_000);
        machine.Receive(Ack, 1, 1, window: 500);
        machine.Connection = machine.Listener!.TryAccept()!;

        machine.Send(20_000);
        int sent = 0;
        while (machine.Wire.FromHost.Count > 0)
        {
            SentSegment segment = machine.Take();
            Assert.Equal(200_000 >> 8, segment.Window);
            sent += segment.Payload.Length;
        }

        Assert.Equal(8_000, sent);
    }

    [Fact]
    [Trait("RFC", "7323 §2.3")]
    public void A_shift_above_14_counts_as_14()
    {
        Assert.True(SegmentOptions.TryParse([3, 3, 200, 0], out SegmentOptions options));
        Assert.Equal(14, options.WindowScale);
    }

    [Fact]
    [Trait("RFC", "7323 §3.2, §4.3")]
    public void Timestamps_echo_the_peers_clock_of_the_segment_acknowledged()
    {
        Machine machine = new Machine(_all).Established([.. MachineStates.Mss(1000), .. Timestamps(100, 0)]);

        machine.Receive(Ack, 1, 1, 10, options: Timestamps(150, 0));
        Assert.Equal(150u, BinaryPrimitives.ReadUInt32BigEndian(machine.Take().Options.AsSpan(8)));

        // Out of order: the segment before the gap is what the acknowledgment answers.
        machine.Receive(Ack, 500, 1, 10, options: Timestamps(200, 0));
        Assert.Equal(150u, BinaryPrimitives.ReadUInt32BigEndian(machine.Take().Options.AsSpan(8)));
    }

    [Fact]
    [Trait("RFC", "7323 §5.3")]
    public void A_segment_with_an_old_timestamp_is_dropped_and_answered()
    {
        Machine machine = new Machine(_all).Established([.. MachineStates.Mss(1000), .. Timestamps(100, 0)]);

        machine.Receive(Ack, 1, 1, 10, options: Timestamps(99, 0));

        machine.Expect(Ack, 1, 1);
        Assert.Empty(machine.Read());
        Assert.Equal(1, machine[DropReason.TcpOldTimestamp]);
    }

    [Fact]
    [Trait("RFC", "7323 §4.3")]
    public void The_timestamp_of_a_segment_with_a_bad_acknowledgment_is_not_believed()
    {
        Machine machine = new Machine(_all).Established([.. MachineStates.Mss(1000), .. Timestamps(100, 0)]);

        machine.Receive(Ack, 1, 9999, options: Timestamps(200_000, 0));
        machine.Expect(Ack, 1, 1);
        machine.Receive(Ack, 1, 1, 10, options: Timestamps(101, 0));

        machine.Expect(Ack, 1, 11);
        Assert.Equal(10, machine.Read().Length);
    }

    [Fact]
    [Trait("RFC", "7323 §3.2")]
    public void A_reset_of_ours_carries_timestamps()
    {
        Machine machine = new Machine(_all).Established([.. MachineStates.Mss(1000), .. Timestamps(100, 0)]);

        machine.Connection.Abort(machine.Now);
        machine.Turn();

        SentSegment reset = machine.Expect(Rst | Ack, 1, 1);
        Assert.Equal(12, reset.Options.Length);
        Assert.Equal(100u, BinaryPrimitives.ReadUInt32BigEndian(reset.Options.AsSpan(8)));
    }

    [Fact]
    [Trait("RFC", "7323 §5.2")]
    public void A_reset_passes_with_any_timestamp_or_none()
    {
        Machine machine = new Machine(_all).Established([.. MachineStates.Mss(1000), .. Timestamps(100, 0)]);

        machine.Receive(Rst, 1, 0);

        Assert.Equal(TcpError.ConnectionReset, machine.Connection.Error);
    }

    [Fact]
    [Trait("RFC", "7323 §3.2")]
    public void A_segment_without_the_agreed_timestamp_is_dropped_silently()
    {
        Machine machine = new Machine(_all).Established([.. MachineStates.Mss(1000), .. Timestamps(100, 0)]);

        machine.Receive(Ack, 1, 1, 10);

        machine.ExpectNothing();
        Assert.Equal(1, machine[DropReason.TcpTimestampMissing]);
    }

    [Fact]
    [Trait("RFC", "7323 §5.5")]
    public void After_24_days_of_silence_an_old_timestamp_is_believed()
    {
        Machine machine = new Machine(_all).Established([.. MachineStates.Mss(1000), .. Timestamps(100, 0)]);
        machine.Pass(Duration.FromSeconds((24 * 86_400) + 60));

        machine.Receive(Ack, 1, 1, 10, options: Timestamps(50, 0));

        Assert.Equal(10, machine.Read().Length);
    }

    [Fact]
    [Trait("RFC", "7323 §5.4")]
    public void The_clock_of_the_option_counts_milliseconds_from_an_offset_of_the_connections_own()
    {
        Machine machine = new(_all);
        uint first = Clock(machine, 5000);
        uint second = Clock(machine, 5001);
        machine.PassMilliseconds(1000);
        uint later = Clock(machine, 5002);

        Assert.NotEqual(first, second);
        Assert.NotEqual(second + 1000, later);
        Machine same = new Machine(_all).Established([.. MachineStates.Mss(1000), .. Timestamps(1, 0)]);
        same.PassMilliseconds(250);
        same.Send(1);
        uint before = BinaryPrimitives.ReadUInt32BigEndian(same.Take().Options.AsSpan(4));
        same.PassMilliseconds(150);
        same.Receive(Ack, 1, 2, 1, options: Timestamps(2, before));
        Assert.Equal(150u, BinaryPrimitives.ReadUInt32BigEndian(same.Take().Options.AsSpan(4)) - before);
    }

    [Theory]
    [InlineData(new byte[] { 2, 3, 5, 0 })]
    [InlineData(new byte[] { 2, 0, 5, 0 })]
    [InlineData(new byte[] { 8, 12, 5, 0 })]
    [InlineData(new byte[] { 1, 1, 1, 8 })]
    [Trait("RFC", "9293 §3.1 MUST-7")]
    public void A_segment_with_a_malformed_option_is_dropped(byte[] options)
    {
        Machine machine = new Machine().Listen();

        machine.Receive(Syn, 0, 0, options: options);

        machine.ExpectNothing();
        Assert.Equal(1, machine[DropReason.TcpBadOptions]);
        machine.AssertBalanced();
    }

    private static uint Clock(Machine machine, ushort port)
    {
        machine.Peer = machine.Peer with { Port = port };
        machine.Established([.. MachineStates.Mss(1000), .. Timestamps(1, 0)]);
        machine.Send(1);
        uint clock = BinaryPrimitives.ReadUInt32BigEndian(machine.Take().Options.AsSpan(4));
        machine.Connection.Abort(machine.Now);
        machine.Turn();
        machine.Wire.FromHost.Clear();
        return clock;
    }
}
