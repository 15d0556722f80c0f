using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>Segments that travel as one, cut by the device, by the stack, or by nobody.</summary>
public class SuperSegmentTests
{
    private const DeviceOffloads Segments = DeviceOffloads.TransmitChecksumV4 | DeviceOffloads.SegmentTcpV4;

    private static readonly TcpConnectionOptions _open = Plain with { CongestionController = static _ => new WideOpen(), NoDelay = true };

    [Fact]
    public void A_device_that_cuts_segments_gets_them_as_one()
    {
        Machine machine = Connection(Segments);

        machine.Send(8_500);

        machine.Expect(Ack | Psh, 1, 1, 8_500);
        Assert.Equal(1_000, machine.Wire.SegmentBytes.Last());
        machine.ExpectNothing();
        Assert.Equal(9, machine.Host.Counters[Counter.TcpSegmentsTransmitted] - 1);
    }

    [Theory]
    [InlineData(DeviceOffloads.None)]
    [InlineData(DeviceOffloads.TransmitChecksumV4)]
    public void For_a_device_that_does_not_they_are_cut_with_headers_of_their_own(DeviceOffloads offloads)
    {
        Machine machine = Connection(offloads);
        byte[] bytes = new byte[4_500];
        new Random(1).NextBytes(bytes);
        PacketBuffer chain = machine.Pool.TryLeaseCopy(bytes.AsSpan(0, 1_333), 0)!;
        chain.Append(machine.Pool.TryLeaseCopy(bytes.AsSpan(1_333, 1_777), 0)!);
        chain.Last.Append(machine.Pool.TryLeaseCopy(bytes.AsSpan(3_110), 0)!);

        machine.Connection.Append(chain, machine.Now);
        machine.Turn();

        byte[] received = [];
        for (int i = 0; i < 4; i++)
        {
            received = [.. received, .. machine.Expect(Ack, 1 + (i * 1_000), 1, 1_000).Payload];
        }

        received = [.. received, .. machine.Expect(Ack | Psh, 4_001, 1, 500).Payload];
        Assert.Equal(bytes, received);
        machine.ExpectNothing();
        machine.Receive(Ack, 1, 4_501);
        Assert.Equal(0, machine.Pool.OutstandingBlocks);
        Assert.Equal(0, machine.Pool.OutstandingSlices);
    }

    [Fact]
    public void Cutting_may_be_turned_off()
    {
        Machine machine = Connection(DeviceOffloads.None, new IpHostOptions { CutsSegments = false });

        machine.Send(3_500);

        for (int i = 0; i < 3; i++)
        {
            machine.Expect(Ack, 1 + (i * 1_000), 1, 1_000);
        }

        machine.Expect(Ack | Psh, 3_001, 1, 500);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void The_peers_window_is_filled_with_full_segments_and_no_more()
    {
        Machine machine = Connection(Segments, window: 5_500);

        machine.Send(8_000);

        Assert.Equal(5_000, machine.Take().Payload.Length);

        // "at least a fraction Fs of the maximum window" is not left: the rest waits.
        machine.ExpectNothing();
        machine.Receive(Ack, 1, 5_001, window: 5_500);
        machine.Expect(Ack | Psh, 5_001, 1, 3_000);
    }

    [Fact]
    [Trait("RFC", "5681 §3.1")]
    public void The_congestion_window_is_filled_and_no_more()
    {
        Machine machine = new Machine(Plain with { NoDelay = true }, offloads: Segments).Established(MachineStates.Mss(1000), window: 60_000);

        machine.Send(3_900);
        machine.Send(3_900);
        machine.Send(3_900);

        // RFC 6928: ten segments at first.
        int sent = 0;
        while (machine.Wire.FromHost.Count > 0)
        {
            sent += machine.Take().Payload.Length;
        }

        Assert.InRange(sent, 9_000, 10_000);
    }

    [Fact]
    [Trait("RFC", "2018 §5")]
    public void What_is_lost_of_them_is_sent_again_alone()
    {
        TcpConnectionOptions options = _open with { SelectiveAcknowledgments = true };
        Machine machine = new Machine(options, offloads: Segments).Established([.. MachineStates.Mss(1000), 1, 1, 4, 2]);

        machine.Send(3_000);
        machine.Send(3_000);
        machine.Take();
        machine.Take();
        machine.PassMilliseconds(1);
        machine.Receive(Ack, 1, 1_001, options: Sack(machine, (2_001, 6_001)));
        machine.PassMilliseconds(20);

        machine.Expect(Ack, 1_001, 1, 1_000);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "9293 §3.7.4")]
    public void Nagles_algorithm_keeps_the_rest_back_where_a_small_segment_is_out()
    {
        Machine machine = Connection(Segments, noDelay: false);
        machine.Send(100);
        machine.Expect(Ack | Psh, 1, 1, 100);

        machine.Send(3_300);

        machine.Expect(Ack, 101, 1, 3_000);
        machine.ExpectNothing();
        machine.Receive(Ack, 1, 3_101);
        machine.Expect(Ack | Psh, 3_101, 1, 300);
    }

    [Theory]
    [InlineData(3_000)]
    [InlineData(3_500)]
    public void The_FIN_goes_with_the_last_of_them(int bytes)
    {
        Machine machine = Connection(Segments);
        machine.Append(bytes);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();

        machine.Expect(Ack | Psh | Fin, 1, 1, bytes);
        machine.ExpectNothing();
        machine.Receive(Ack, 1, bytes + 2);
        Assert.Equal(TcpState.FinWait2, machine.Connection.State);
    }

    [Fact]
    public void They_have_no_more_blocks_than_the_device_takes()
    {
        Machine machine = Connection(Segments, window: 60_000);
        PacketBuffer chain = machine.Pool.TryLeaseCopy(new byte[300], 0)!;
        for (int i = 1; i < 60; i++)
        {
            chain.Last.Append(machine.Pool.TryLeaseCopy(new byte[300], 0)!);
        }

        machine.Connection.Append(chain, machine.Now);
        machine.Turn();

        // 17 blocks of 300 bytes beside that of the header: five full segments.
        Assert.Equal(5_000, machine.Take().Payload.Length);
        int rest = 0;
        while (machine.Wire.FromHost.Count > 0)
        {
            rest += machine.Take().Payload.Length;
        }

        Assert.Equal(13_000, rest);
    }

    [Fact]
    [Trait("RFC", "2883 §4")]
    public void A_duplicate_is_told_in_one_segment_alone()
    {
        TcpConnectionOptions options = _open with { SelectiveAcknowledgments = true };
        Machine machine = new Machine(options, offloads: Segments).Established([.. MachineStates.Mss(1000), 1, 1, 4, 2]);
        machine.Receive(Ack, 1, 1, 100);
        machine.Take();

        machine.Append(5_000);
        machine.Receive(Ack, 1, 1, 100);

        int told = 0;
        int sent = 0;
        while (machine.Wire.FromHost.Count > 0)
        {
            bool isOne = machine.Wire.SegmentBytes.Skip(machine.Wire.SegmentBytes.Count - machine.Wire.FromHost.Count).First() == 0;
            SentSegment segment = machine.Take();
            sent += segment.Payload.Length;
            if (SackTests.Blocks(segment) == "1-101")
            {
                Assert.True(isOne, "the duplicate is told in every part of a super-segment");
                told++;
            }
        }

        Assert.Equal((1, 5_000), (told, sent));
    }

    [Fact]
    [Trait("RFC", "793 §3.7")]
    public void Urgent_data_travels_in_segments_of_its_own()
    {
        Machine machine = Connection(Segments);
        machine.Append(2_500);
        machine.Connection.AppendUrgent(machine.Pool.TryLeaseCopy(new byte[1], 0)!, machine.Now);
        machine.Turn();

        for (int i = 0; i < 3; i++)
        {
            SentSegment sent = machine.Take();
            Assert.True((sent.Flags & Urg) != 0);
            Assert.InRange(sent.Payload.Length, 1, 1_000);
        }
    }

    private static Machine Connection(DeviceOffloads offloads, IpHostOptions? host = null, int window = PeerWindow, bool noDelay = true) =>
        new Machine(_open with { NoDelay = noDelay }, offloads: offloads, host: host).Established(MachineStates.Mss(1000), window);

    private static byte[] Sack(Machine machine, (int Start, int End) block)
    {
        byte[] option = [1, 1, 5, 10, 0, 0, 0, 0, 0, 0, 0, 0];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(4), unchecked(machine.InitialSequence + (uint)block.Start));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(option.AsSpan(8), unchecked(machine.InitialSequence + (uint)block.End));
        return option;
    }
}
