using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>
/// Tells which shard a packet belongs to: a pure function of the packet and a key, the same for every packet of a flow.
/// <list type="bullet">
/// <item>TCP goes by both ends, whichever of them sends;</item>
/// <item>UDP by the port of ours alone, so that a socket lives in one shard, whoever sends to it;</item>
/// <item>an ICMP echo reply by its identifier, an ICMP error as the packet of ours that it quotes;</item>
/// <item>a fragment by what tells the fragments of its packet from others; the whole packet then by the rules above.</item>
/// </list>
/// </summary>
/// <remarks>Keyed, so that nobody outside can choose flows that all fall to one shard.</remarks>
public sealed class FlowSteering
{
    /// <summary>Of a packet that any shard can take in: an echo request, what is malformed, a protocol without state.</summary>
    public const int Anyone = -1;

    /// <summary>Of a packet that every shard has to learn from: an ARP message.</summary>
    public const int Everyone = -2;

    /// <summary>The ports stand first in the headers of TCP and UDP.</summary>
    private const int PortsLengthBytes = 4;

    private readonly SipHashKey _key;
    private readonly uint _shards;

    /// <summary>Makes the rule.</summary>
    /// <param name="key">What makes the choice unpredictable.</param>
    /// <param name="shards">How many shards there are, at least 1.</param>
    public FlowSteering(SipHashKey key, int shards)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shards);
        _key = key;
        _shards = (uint)shards;
    }

    /// <summary>The shard of a received frame, by its first block: from 0 up, <see cref="Anyone"/> or <see cref="Everyone"/>.</summary>
    /// <param name="frame">The frame, from its link header on. Nothing about it is taken for granted.</param>
    /// <param name="medium">What it starts with.</param>
    public int ShardOfFrame(ReadOnlySpan<byte> frame, DeviceMedium medium)
    {
        if (medium != DeviceMedium.Ethernet)
        {
            return ShardOfPacket(frame);
        }

        return !EthernetHeader.TryParse(frame, out EthernetHeader header) ? Anyone : header.Type switch
        {
            EtherType.IPv4 => ShardOfPacket(frame[EthernetHeader.LengthBytes..]),
            EtherType.Arp => Everyone,
            _ => Anyone,
        };
    }

    /// <summary>The shard of a received packet, by its first block: from 0 up, or <see cref="Anyone"/>.</summary>
    /// <param name="packet">The packet, from its IP header on. Nothing about it is taken for granted.</param>
    public int ShardOfPacket(ReadOnlySpan<byte> packet)
    {
        if (!Ipv4Header.TryParseQuote(packet, out Ipv4Header header))
        {
            return Anyone;
        }

        if (header.IsFragment)
        {
            ulong packetId = (ulong)header.Identification << 8 | (byte)header.Protocol;
            return Scale(SipHash.Hash(_key, header.Source, header.Destination, packetId));
        }

        return ShardOfPayload(
            header.Protocol, new IpAddress(header.Source), new IpAddress(header.Destination), packet[header.LengthBytes..]);
    }

    /// <summary>The shard of a received packet that is no fragment, or no longer.</summary>
    /// <param name="protocol">What it carries.</param>
    /// <param name="source">Where it came from.</param>
    /// <param name="destination">The address of ours that it came to.</param>
    /// <param name="payload">What stands behind the IP header, the transport header first.</param>
    public int ShardOfPayload(IpProtocol protocol, in IpAddress source, in IpAddress destination, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < PortsLengthBytes)
        {
            return Anyone;
        }

        switch (protocol)
        {
            case IpProtocol.Tcp:
                return ShardOfTcp(new IpEndPoint(source, FirstPort(payload)), new IpEndPoint(destination, SecondPort(payload)));
            case IpProtocol.Udp:
                return ShardOfUdp(SecondPort(payload));
            case IpProtocol.Icmp when IcmpHeader.TryParse(payload, out IcmpHeader message):
                return ShardOfMessage(message, payload);
            default:
                return Anyone;
        }
    }

    /// <summary>The shard of a TCP connection, by its two ends in either order.</summary>
    public int ShardOfTcp(in IpEndPoint one, in IpEndPoint other)
    {
        bool isOrdered = Precedes(one, other);
        ref readonly IpEndPoint first = ref isOrdered ? ref one : ref other;
        ref readonly IpEndPoint second = ref isOrdered ? ref other : ref one;
        return Scale(first.Address.IsIPv4 && second.Address.IsIPv4
            ? SipHash.Hash(_key, Pack(first), Pack(second))
            : SipHash.Hash(
                _key, first.Address.High, first.Address.Low, second.Address.High, second.Address.Low,
                (ulong)first.Port << 16 | second.Port));
    }

    /// <summary>The shard of the UDP sockets that are bound to a port.</summary>
    public int ShardOfUdp(ushort localPort) => ShardOfNumber(IpProtocol.Udp, localPort);

    /// <summary>The shard of the one who sends ICMP echo requests under an identifier.</summary>
    public int ShardOfEcho(ushort identifier) => ShardOfNumber(IpProtocol.Icmp, identifier);

    private static ushort FirstPort(ReadOnlySpan<byte> transport) => BinaryPrimitives.ReadUInt16BigEndian(transport);

    private static ushort SecondPort(ReadOnlySpan<byte> transport) => BinaryPrimitives.ReadUInt16BigEndian(transport[sizeof(ushort)..]);

    private static ulong Pack(in IpEndPoint end) => (ulong)end.Address.ValueV4 << 16 | end.Port;

    private static bool Precedes(in IpEndPoint one, in IpEndPoint other)
    {
        int order = one.Address.CompareTo(other.Address);
        return order == 0 ? one.Port <= other.Port : order < 0;
    }

    private int ShardOfMessage(IcmpHeader message, ReadOnlySpan<byte> payload) => message.Type switch
    {
        IcmpType.EchoReply => ShardOfEcho(message.Identifier),
        IcmpType.DestinationUnreachable or IcmpType.TimeExceeded or IcmpType.ParameterProblem =>
            ShardOfQuote(payload[IcmpHeader.LengthBytes..]),
        _ => Anyone,
    };

    /// <summary>What an error quotes is a packet that we sent: the first of the ports is ours.</summary>
    private int ShardOfQuote(ReadOnlySpan<byte> packet)
    {
        if (!Ipv4Header.TryParseQuote(packet, out Ipv4Header header) || header.FragmentOffsetBytes != 0)
        {
            return Anyone;
        }

        ReadOnlySpan<byte> transport = packet[header.LengthBytes..];
        if (transport.Length < PortsLengthBytes)
        {
            return Anyone;
        }

        ushort first = FirstPort(transport);
        switch (header.Protocol)
        {
            case IpProtocol.Tcp:
                return ShardOfTcp(
                    new IpEndPoint(new IpAddress(header.Source), first),
                    new IpEndPoint(new IpAddress(header.Destination), SecondPort(transport)));
            case IpProtocol.Udp:
                return ShardOfUdp(first);
            case IpProtocol.Icmp when IcmpHeader.TryParse(transport, out IcmpHeader request) && request.Type == IcmpType.EchoRequest:
                return ShardOfEcho(request.Identifier);
            default:
                return Anyone;
        }
    }

    private int ShardOfNumber(IpProtocol protocol, ushort number) => Scale(SipHash.Hash(_key, (ulong)protocol << 16 | number));

    private int Scale(ulong hash) => (int)((hash >> 32) * _shards >> 32);
}
