using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace NetStack.IP;

/// <summary>What a filter asks of a packet, in two numbers.</summary>
internal readonly struct FilterKey
{
    private const int PortsBytes = 4;

    /// <summary>RFC 1858 §3.2.1: a first fragment has at least so much of a TCP header.</summary>
    private const int LeastTcpBytes = 16;
    private const ulong HasPortsBit = 1UL << 40;
    private const ulong IsAnyBit = 1UL << 41;

    /// <summary>The source address in the upper half, the destination in the lower.</summary>
    public readonly ulong Addresses;

    /// <summary>The ports, above them the protocol and whether the ports are known; never zero.</summary>
    public readonly ulong Transport;

    private FilterKey(ulong addresses, IpProtocol protocol)
    {
        Addresses = addresses;
        Transport = IsAnyBit | ((ulong)protocol << 32);
    }

    private FilterKey(ulong addresses, IpProtocol protocol, uint ports)
    {
        Addresses = addresses;
        Transport = IsAnyBit | HasPortsBit | ((ulong)protocol << 32) | ports;
    }

    public ushort SourcePort => (ushort)(Transport >> 16);

    public ushort DestinationPort => (ushort)Transport;

    public byte Protocol => (byte)(Transport >> 32);

    public bool HasPorts => (Transport & HasPortsBit) != 0;

    /// <summary>Reads what is asked from a packet.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="packet">The packet's first block, from the header on.</param>
    /// <param name="key">What was read.</param>
    /// <returns>False where the packet hides its ports in a fragment cut too short, or goes behind them with a second.</returns>
    /// <remarks>RFC 1858 §3.2, RFC 3128 §2.1.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(Ipv4Header header, ReadOnlySpan<byte> packet, out FilterKey key)
    {
        ulong addresses = ((ulong)header.Source << 32) | header.Destination;
        IpProtocol protocol = header.Protocol;
        if (protocol is not (IpProtocol.Udp or IpProtocol.Tcp))
        {
            key = new FilterKey(addresses, protocol);
            return true;
        }

        if (header.IsFragment)
        {
            return TryReadFragment(header, packet, addresses, out key);
        }

        int offset = header.LengthBytes;
        if (packet.Length < offset + PortsBytes)
        {
            key = default;
            return false;
        }

        key = ReadPorts(packet, offset, addresses, protocol);
        return true;
    }

    private static bool TryReadFragment(Ipv4Header header, ReadOnlySpan<byte> packet, ulong addresses, out FilterKey key)
    {
        key = new FilterKey(addresses, header.Protocol);
        int offset = header.LengthBytes;
        if (header.FragmentOffsetBytes > 0)
        {
            return header.Protocol != IpProtocol.Tcp || header.FragmentOffsetBytes >= LeastTcpBytes;
        }

        if (packet.Length < offset + (header.Protocol == IpProtocol.Tcp ? LeastTcpBytes : UdpHeader.LengthBytes))
        {
            return false;
        }

        key = ReadPorts(packet, offset, addresses, header.Protocol);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FilterKey ReadPorts(ReadOnlySpan<byte> packet, int offset, ulong addresses, IpProtocol protocol) =>
        new(addresses, protocol, BinaryPrimitives.ReadUInt32BigEndian(packet[offset..]));
}
