using FsCheck;
using FsCheck.Fluent;
using NetStack.Core;

namespace NetStack.Tcp.Tests;

public class WireTests
{
    [Fact]
    [Trait("RFC", "9293 §3.1")]
    public void A_header_reads_as_it_was_written() => Prop.ForAll(
        ArbMap.Default.ArbFor<(ushort Source, ushort Destination, uint Sequence, uint Acknowledgment, ushort Window)>(),
        ArbMap.Default.ArbFor<(byte Flags, byte Words)>(),
        (fields, shape) =>
        {
            byte[] bytes = new byte[20 + (shape.Words % 11 * 4)];
            TcpHeader.Write(
                bytes,
                fields.Source,
                fields.Destination,
                new SequenceNumber(fields.Sequence),
                new SequenceNumber(fields.Acknowledgment),
                (TcpFlags)shape.Flags,
                fields.Window);

            return TcpHeader.TryParse(bytes, out TcpHeader header, out _)
                && header.SourcePort == fields.Source
                && header.DestinationPort == fields.Destination
                && header.Sequence.Value == fields.Sequence
                && header.Acknowledgment.Value == fields.Acknowledgment
                && header.Flags == (TcpFlags)shape.Flags
                && header.Window == fields.Window
                && header.LengthBytes == bytes.Length
                && header.Options.Length == bytes.Length - 20
                && header is { Checksum: 0, UrgentPointer: 0 };
        }).QuickCheckThrowOnFailure();

    [Fact]
    [Trait("RFC", "9293 §3.2, 7323, 2018")]
    public void The_options_of_a_SYN_read_as_they_were_written() => Prop.ForAll(
        ArbMap.Default.ArbFor<(ushort Size, byte Scale, bool HasScale, bool Sack)>(),
        ArbMap.Default.ArbFor<(bool HasTimestamps, uint Value, uint Echo)>(),
        (first, second) =>
        {
            SegmentOptions written = new()
            {
                MaximumSegmentBytes = first.Size,
                HasWindowScale = first.HasScale,
                WindowScale = first.HasScale ? (byte)(first.Scale % 15) : (byte)0,
                SackPermitted = first.Sack,
                HasTimestamps = second.HasTimestamps,
                TimestampValue = second.HasTimestamps ? second.Value : 0,
                TimestampEcho = second.HasTimestamps ? second.Echo : 0,
            };
            byte[] bytes = new byte[written.SynLengthBytes];
            written.WriteSyn(bytes);
            return bytes.Length % 4 == 0 && SegmentOptions.TryParse(bytes, out SegmentOptions read) && read.Equals(written);
        }).QuickCheckThrowOnFailure();

    [Fact]
    [Trait("RFC", "9293 §3.1")]
    public void Any_bytes_are_a_header_in_bounds_or_refused() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        bytes =>
        {
            if (!TcpHeader.TryParse(bytes, out TcpHeader header, out DropReason reason))
            {
                return reason is DropReason.TcpTooShort or DropReason.TcpBadHeaderLength;
            }

            return header.LengthBytes <= bytes.Length && header.Options.Length == header.LengthBytes - 20;
        }).QuickCheckThrowOnFailure();

    [Fact]
    [Trait("RFC", "9293 §3.2")]
    public void Any_bytes_are_options_or_refused()
    {
        SeededEntropy entropy = new(11);
        int accepted = 0;
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bytes = new byte[entropy.Next(11) * 4];
            entropy.Fill(bytes);
            for (int position = 0; position < bytes.Length; position++)
            {
                // Mostly kinds and lengths that mean something.
                bytes[position] = entropy.Next(3) == 0 ? bytes[position] : (byte)(bytes[position] % 13);
            }

            if (SegmentOptions.TryParse(bytes, out SegmentOptions options))
            {
                accepted++;
                Assert.True(options.WindowScale <= 14);
            }
        }

        Assert.InRange(accepted, 1_000, 99_000);
    }

    [Theory]
    [InlineData(19, DropReason.TcpTooShort)]
    [InlineData(20, DropReason.TcpBadHeaderLength)]
    [Trait("RFC", "9293 §3.1")]
    public void A_header_that_does_not_fit_is_refused(int length, DropReason expected)
    {
        byte[] bytes = new byte[length];
        bytes[12] = 6 << 4;

        Assert.False(TcpHeader.TryParse(bytes, out _, out DropReason reason));
        Assert.Equal(expected, reason);
    }

    [Fact]
    [Trait("RFC", "9293 §3.4")]
    public void Sequence_numbers_compare_the_shorter_way_round() => Prop.ForAll(
        ArbMap.Default.ArbFor<uint>(),
        ArbMap.Default.ArbFor<int>().Filter(distance => distance != int.MinValue),
        (start, distance) =>
        {
            SequenceNumber first = new(start);
            SequenceNumber second = first + distance;
            return second - first == distance
                && (second > first) == (distance > 0)
                && (second < first) == (distance < 0)
                && (second >= first) == (distance >= 0)
                && (second <= first) == (distance <= 0)
                && SequenceNumber.Max(first, second) == (distance > 0 ? second : first)
                && second - distance == first;
        }).QuickCheckThrowOnFailure();

    [Fact]
    [Trait("RFC", "9293 §3.1 MUST-3")]
    public void A_segment_with_a_wrong_checksum_is_dropped()
    {
        Machine machine = new Machine().Listen();
        byte[] packet = Packets.Tcp(machine.Peer, machine.Ours, 1, 0, TcpFlags.Syn, 1000);
        packet[36] ^= 1;

        machine.Wire.Inject(packet);
        machine.Turn();

        machine.ExpectNothing();
        Assert.Equal(1, machine[DropReason.TcpBadChecksum]);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.2.3")]
    public void Ports_of_zero_and_group_addresses_are_refused()
    {
        Machine machine = new Machine().Listen();
        machine.Wire.Inject(Packets.Tcp(machine.Peer with { Port = 0 }, machine.Ours, 1, 0, TcpFlags.Syn, 1000));
        machine.Wire.Inject(Packets.Tcp(
            machine.Peer, machine.Ours with { Address = IP.IpAddress.Parse("10.0.0.255") }, 1, 0, TcpFlags.Syn, 1000));
        machine.Turn();

        machine.ExpectNothing();
        Assert.Equal(2, machine[DropReason.TcpBadPort]);
        machine.AssertBalanced();
    }
}
