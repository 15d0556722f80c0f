using NetStack.Drivers.Pcap.Inspection;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>Each reason to drop a packet is found where the capture's makers put it, and named once.</summary>
public sealed class InspectionFaultTests
{
    [Theory]
    [InlineData("tcpdump/ipv4_invalid_length.pcap", CaptureFault.Ipv4TooShort)]
    [InlineData("tcpdump/ipv4_invalid_hdr_length.pcap", CaptureFault.Ipv4BadHeaderLength)]
    [InlineData("zeek/trunc/ipv4-truncated-broken-header.pcap", CaptureFault.Ipv4BadHeaderLength)]
    [InlineData("tcpdump/ipv4_invalid_total_length.pcap", CaptureFault.Ipv4BadTotalLength)]
    [InlineData("tcpdump/ipv4_invalid_total_length_2.pcap", CaptureFault.Ipv4BadTotalLength)]
    [InlineData("tcpdump/ipv6_invalid_length.pcap", CaptureFault.Ipv6TooShort)]
    [InlineData("tcpdump/ipv6_invalid_length_2.pcap", CaptureFault.Ipv6BadPayloadLength)]
    [InlineData("zeek/chksums/ip4-bad-chksum.pcap", CaptureFault.Ipv4BadChecksum)]
    [InlineData("zeek/chksums/ip4-icmp-bad-chksum.pcap", CaptureFault.IcmpBadChecksum)]
    [InlineData("zeek/chksums/ip4-tcp-bad-chksum.pcap", CaptureFault.TcpBadChecksum)]
    [InlineData("zeek/chksums/ip4-udp-bad-chksum.pcap", CaptureFault.UdpBadChecksum)]
    [InlineData("zeek/chksums/ip6-icmp6-bad-chksum.pcap", CaptureFault.Icmpv6BadChecksum)]
    [InlineData("zeek/chksums/ip6-tcp-bad-chksum.pcap", CaptureFault.TcpBadChecksum)]
    [InlineData("zeek/chksums/ip6-udp-bad-chksum.pcap", CaptureFault.UdpBadChecksum)]
    [InlineData("zeek/chksums/ip6-hoa-udp-bad-chksum.pcap", CaptureFault.UdpBadChecksum)]
    [InlineData("zeek/chksums/ip6-route0-tcp-bad-chksum.pcap", CaptureFault.TcpBadChecksum)]
    [InlineData("zeek/chksums/mip6-bad-mh-chksum.pcap", CaptureFault.ProtocolUnknown)]
    [InlineData("zeek/trunc/ip4-trunc.pcap", CaptureFault.Truncated)]
    [InlineData("zeek/trunc/ip6-trunc.pcap", CaptureFault.Truncated)]
    [InlineData("tcpdump/brcm-tag.pcap", CaptureFault.LinkTypeUnknown)]
    public void A_capture_made_for_a_fault_shows_that_fault_alone(string capture, CaptureFault fault)
    {
        var inspection = CaptureInspection.Of(Captures.PathOf(capture));

        CaptureCount drop = Assert.Single(inspection.Drops);
        Assert.Equal((InspectionNames.Of(fault), inspection.Packets), (drop.Name, drop.Packets));
    }

    [Theory]
    [InlineData("zeek/chksums/ip4-tcp-good-chksum.pcap")]
    [InlineData("zeek/chksums/ip4-udp-good-chksum.pcap")]
    [InlineData("zeek/chksums/ip4-icmp-good-chksum.pcap")]
    [InlineData("zeek/chksums/ip6-tcp-good-chksum.pcap")]
    [InlineData("zeek/chksums/ip6-udp-good-chksum.pcap")]
    [InlineData("zeek/chksums/ip6-icmp6-good-chksum.pcap")]
    [InlineData("zeek/chksums/ip6-hoa-tcp-good-chksum.pcap")]
    [InlineData("zeek/chksums/ip6-route0-udp-good-chksum.pcap")]
    public void A_capture_without_fault_shows_none(string capture)
    {
        var inspection = CaptureInspection.Of(Captures.PathOf(capture));

        Assert.Empty(inspection.Drops);
        Assert.NotEqual(0, inspection.Packets);
    }

    [Fact]
    public void Every_fault_and_protocol_has_a_name_of_its_own()
    {
        string[] faults = [.. Enum.GetValues<CaptureFault>().Select(InspectionNames.Of)];
        string[] protocols = [.. Enum.GetValues<CaptureProtocol>().Select(InspectionNames.Of)];
        string[] linkTypes = [.. Enum.GetValues<CaptureLinkType>().Append((CaptureLinkType)999).Select(InspectionNames.Of)];

        Assert.Equal(faults.Length, faults.Distinct().Count());
        Assert.Equal(protocols.Length, protocols.Distinct().Count());
        Assert.Equal(linkTypes.Length, linkTypes.Distinct().Count());
        Assert.InRange(protocols.Length, 1, 32);
        Assert.InRange(faults.Length, 1, 64);
    }

    [Theory]
    [InlineData(1500)]
    [InlineData(int.MaxValue)]
    public void A_packet_the_capture_cut_before_its_ports_is_truncated_and_in_no_flow(int original)
    {
        byte[] whole;
        using (var reader = CaptureReader.Open(Captures.PathOf("zeek/chksums/ip4-tcp-good-chksum.pcap")))
        {
            Assert.True(reader.TryRead(out CaptureRecord record));
            whole = record.Data.ToArray();
        }

        for (int kept = 0; kept < whole.Length; kept++)
        {
            var stream = new MemoryStream();
            using (var sink = new CaptureSink(stream, leaveOpen: true))
            {
                new PcapWriter(sink).Write(0, whole.AsSpan(0, kept), original);
            }

            stream.Position = 0;
            using var reader = CaptureReader.Open(stream);
            var inspection = CaptureInspection.Of(reader);
            Assert.Equal("truncated", Assert.Single(inspection.Drops).Name);
            Assert.Equal(kept < 14 + 20 + 20 ? 0 : 1, inspection.Flows.Count);
        }
    }
}
