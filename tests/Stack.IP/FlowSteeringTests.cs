using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

/// <summary>Which shard a packet belongs to.</summary>
public class FlowSteeringTests
{
    private const int Shards = 4;

    private static readonly FlowSteering Steering = new(new SipHashKey(0x0706050403020100, 0x0F0E0D0C0B0A0908), Shards);
    private static readonly IpAddress Ours = IpAddress.Parse("10.0.0.1");
    private static readonly IpAddress Theirs = IpAddress.Parse("192.0.2.77");

    [Fact]
    public void A_TCP_flow_has_one_shard_in_either_direction() => Prop.ForAll<uint, uint, uint>((one, other, bothPorts) =>
    {
        (ushort onePort, ushort otherPort) = ((ushort)(bothPorts >> 16), (ushort)bothPorts);
        byte[] ports = Ports(onePort, otherPort);
        byte[] portsBack = Ports(otherPort, onePort);
        int there = Steering.ShardOfPayload(IpProtocol.Tcp, new IpAddress(one), new IpAddress(other), ports);
        int back = Steering.ShardOfPayload(IpProtocol.Tcp, new IpAddress(other), new IpAddress(one), portsBack);
        return there is >= 0 and < Shards
            && there == back
            && there == Steering.ShardOfTcp(new IpEndPoint(new IpAddress(one), onePort), new IpEndPoint(new IpAddress(other), otherPort));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_TCP_flow_over_IPv6_addresses_has_one_shard_in_either_order() => Prop.ForAll<ulong, ulong, uint>((one, other, bothPorts) =>
    {
        (ushort onePort, ushort otherPort) = ((ushort)(bothPorts >> 16), (ushort)bothPorts);
        IpEndPoint left = new(new IpAddress(one, other), onePort);
        IpEndPoint right = new(new IpAddress(other, one), otherPort);
        return Steering.ShardOfTcp(left, right) == Steering.ShardOfTcp(right, left);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void UDP_goes_by_our_port_whoever_sends() => Prop.ForAll<uint, ushort, ushort>((source, sourcePort, port) =>
        Steering.ShardOfPayload(IpProtocol.Udp, new IpAddress(source), Ours, Ports(sourcePort, port)) == Steering.ShardOfUdp(port))
        .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(IpProtocol.Tcp)]
    [InlineData(IpProtocol.Udp)]
    [InlineData(IpProtocol.Icmp)]
    public void Random_bytes_behind_a_header_have_a_shard_or_any(IpProtocol protocol) => Prop.ForAll<byte[]>(payload =>
    {
        byte[] packet = Packet(protocol, payload ?? []);
        for (int length = 0; length <= packet.Length; length++)
        {
            int shard = Steering.ShardOfPacket(packet.AsSpan(0, length));
            if (shard is not (FlowSteering.Anyone or (>= 0 and < Shards)))
            {
                return false;
            }
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_bytes_have_a_shard_or_any_or_all()
    {
        SeededEntropy entropy = new(5);
        byte[] frame = new byte[120];
        for (int i = 0; i < 100_000; i++)
        {
            entropy.Fill(frame);
            // Half of them with the type of IPv4 and its version, so that they get further.
            if (i % 2 == 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)EtherType.IPv4);
                frame[14] = (byte)(0x40 | (frame[14] & 0x0F));
            }

            int shard = Steering.ShardOfFrame(frame.AsSpan(0, entropy.Next(frame.Length + 1)), DeviceMedium.Ethernet);
            Assert.InRange(shard, FlowSteering.Everyone, Shards - 1);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(16)]
    public void Flows_spread_evenly(int shards)
    {
        // Ports in a row of one client: what a load generator sends.
        const int Flows = 16_000;
        FlowSteering steering = new(new SipHashKey(1, 2), shards);
        int[] tcp = new int[shards];
        int[] udp = new int[shards];
        for (int i = 0; i < Flows; i++)
        {
            tcp[steering.ShardOfTcp(new IpEndPoint(Ours, 80), new IpEndPoint(Theirs, (ushort)(40_000 + i)))]++;
            udp[steering.ShardOfUdp((ushort)(20_000 + i))]++;
        }

        // Six times the standard deviation of a binomial distribution.
        double expected = (double)Flows / shards;
        double margin = 6 * Math.Sqrt(expected);
        Assert.All(tcp, count => Assert.InRange(count, expected - margin, expected + margin));
        Assert.All(udp, count => Assert.InRange(count, expected - margin, expected + margin));
    }

    [Fact]
    public void Another_key_spreads_otherwise()
    {
        FlowSteering other = new(new SipHashKey(9, 9), Shards);
        int same = Enumerable.Range(1, 1_000).Count(port => other.ShardOfUdp((ushort)port) == Steering.ShardOfUdp((ushort)port));
        Assert.InRange(same, 150, 350);
    }

    [Fact]
    public void An_ARP_frame_is_for_everyone()
    {
        byte[] frame = Frames.Arp(ArpOperation.Request, Wire.PeerLink, HostRig.Peer, default, HostRig.Local);
        Assert.Equal(FlowSteering.Everyone, Steering.ShardOfFrame(frame, DeviceMedium.Ethernet));
    }

    [Fact]
    public void An_echo_request_is_for_anyone_and_a_reply_for_its_identifier()
    {
        byte[] message = new byte[8];
        IcmpHeader.Write(message, IcmpType.EchoRequest, 0, 77, 1);
        Assert.Equal(FlowSteering.Anyone, Steering.ShardOfPacket(Packet(IpProtocol.Icmp, message)));

        IcmpHeader.Write(message, IcmpType.EchoReply, 0, 77, 1);
        Assert.Equal(Steering.ShardOfEcho(77), Steering.ShardOfPacket(Packet(IpProtocol.Icmp, message)));
    }

    [Fact]
    [Trait("RFC", "792")]
    public void An_ICMP_error_goes_where_the_packet_came_from_that_it_quotes()
    {
        for (ushort port = 1_000; port < 1_100; port++)
        {
            Assert.Equal(
                Steering.ShardOfTcp(new IpEndPoint(Ours, port), new IpEndPoint(Theirs, 80)),
                Steering.ShardOfPacket(Packet(IpProtocol.Icmp, Error(Packet(IpProtocol.Tcp, Ports(port, 80), Ours, Theirs)))));
            Assert.Equal(
                Steering.ShardOfUdp(port),
                Steering.ShardOfPacket(Packet(IpProtocol.Icmp, Error(Packet(IpProtocol.Udp, Ports(port, 53), Ours, Theirs)))));
            byte[] request = new byte[8];
            IcmpHeader.Write(request, IcmpType.EchoRequest, 0, port, 1);
            Assert.Equal(
                Steering.ShardOfEcho(port),
                Steering.ShardOfPacket(Packet(IpProtocol.Icmp, Error(Packet(IpProtocol.Icmp, request, Ours, Theirs)))));
        }
    }

    [Fact]
    public void All_fragments_of_a_packet_have_one_shard()
    {
        HashSet<int> used = [];
        for (ushort identification = 0; identification < 100; identification++)
        {
            int first = Steering.ShardOfPacket(Packet(IpProtocol.Udp, Ports(1, 2), identification: identification, more: true));
            int last = Steering.ShardOfPacket(Packet(IpProtocol.Udp, Ports(3, 4), identification: identification, offset: 1480));
            Assert.Equal(first, last);
            used.Add(first);
        }

        Assert.Equal(Shards, used.Count);
    }

    [Fact]
    public void On_a_medium_without_link_header_the_packet_comes_first() => Assert.Equal(
        Steering.ShardOfUdp(2),
        Steering.ShardOfFrame(Packet(IpProtocol.Udp, Ports(1, 2)), DeviceMedium.Ip));

    private static byte[] Ports(ushort source, ushort destination)
    {
        byte[] ports = new byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(ports, source);
        BinaryPrimitives.WriteUInt16BigEndian(ports.AsSpan(2), destination);
        return ports;
    }

    private static byte[] Error(byte[] quote)
    {
        byte[] message = new byte[IcmpHeader.LengthBytes + quote.Length];
        IcmpHeader.Write(message, IcmpType.DestinationUnreachable, 3, 0, 0);
        quote.CopyTo(message, IcmpHeader.LengthBytes);
        return message;
    }

    private static byte[] Packet(
        IpProtocol protocol,
        byte[] payload,
        IpAddress? source = null,
        IpAddress? destination = null,
        ushort identification = 0,
        bool more = false,
        int offset = 0)
    {
        byte[] packet = new byte[Ipv4Header.MinimumLengthBytes + payload.Length];
        Ipv4Header.Write(packet, new Ipv4Fields(
            (source ?? Theirs).ValueV4, (destination ?? Ours).ValueV4, protocol, packet.Length, 64, 0, identification, false, more, offset));
        payload.CopyTo(packet, Ipv4Header.MinimumLengthBytes);
        return packet;
    }
}
