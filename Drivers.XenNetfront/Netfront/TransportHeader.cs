using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// Finds the TCP or UDP header of a received frame whose checksum the other side has left blank: Xen's rings tell that it is
/// blank, and not where it goes.
/// </summary>
internal static class TransportHeader
{
    /// <summary>The bytes of a frame within which all headers stand that are looked at, as a rule.</summary>
    public const int HeadersBytes = 256;

    private const int Ipv4HeaderBytes = 20;
    private const int Ipv6HeaderBytes = 40;
    private const int Ipv6AddressesStart = 8;
    private const int Ipv6AddressesBytes = 32;
    private const int TagBytes = 4;
    private const int LongestOptionHeaders = 8;
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const int TcpChecksum = 16;
    private const int UdpChecksum = 6;

    /// <summary>Marks where the checksum of a frame is to be filled in.</summary>
    /// <param name="frame">The frame; its headers stand in the first block.</param>
    /// <param name="isBlank">Whether the field holds the sum of the pseudo header; where not it is written.</param>
    /// <returns>False where the frame is no whole TCP or UDP packet, or not of the kind that its segmentation says.</returns>
    public static bool TryMark(PacketBuffer frame, bool isBlank)
    {
        Span<byte> bytes = frame.Span;
        if (!EthernetHeader.TryParse(bytes, out EthernetHeader link))
        {
            return false;
        }

        int network = EthernetHeader.LengthBytes;
        EtherType type = link.Type;
        if (type == EtherType.Vlan && bytes.Length >= network + TagBytes)
        {
            type = (EtherType)BinaryPrimitives.ReadUInt16BigEndian(bytes[(network + 2)..]);
            network += TagBytes;
        }

        byte protocol = 0;
        int transport = type switch
        {
            EtherType.IPv4 => FindBehindV4(bytes, network, out protocol),
            EtherType.IPv6 => FindBehindV6(bytes, network, out protocol),
            _ => -1,
        };
        int offset = protocol == Tcp ? TcpChecksum : UdpChecksum;
        bool isAsTold = frame.Gso switch
        {
            GsoType.None => protocol is Tcp or Udp,
            GsoType.TcpV4 => protocol == Tcp && type == EtherType.IPv4,
            GsoType.TcpV6 => protocol == Tcp && type == EtherType.IPv6,
            _ => false,
        };
        if (transport < 0 || !isAsTold || transport + offset + sizeof(ushort) > bytes.Length)
        {
            return false;
        }

        if (!isBlank)
        {
            WritePseudoSum(bytes, network, type, protocol, frame.TotalLength - transport, bytes[(transport + offset)..]);
        }

        frame.Checksum = ChecksumState.ToBeFilled;
        frame.ChecksumStart = (ushort)(frame.Start + transport);
        frame.ChecksumOffset = (ushort)offset;
        return true;
    }

    private static int FindBehindV4(ReadOnlySpan<byte> bytes, int network, out byte protocol)
    {
        protocol = 0;
        if (bytes.Length < network + Ipv4HeaderBytes)
        {
            return -1;
        }

        int headerBytes = (bytes[network] & 0xF) * sizeof(uint);
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(bytes[(network + 6)..]) & 0x3FFF) != 0;
        protocol = bytes[network + 9];
        return bytes[network] >> 4 == 4 && headerBytes >= Ipv4HeaderBytes && !isFragment ? network + headerBytes : -1;
    }

    private static int FindBehindV6(ReadOnlySpan<byte> bytes, int network, out byte protocol)
    {
        protocol = 0;
        if (bytes.Length < network + Ipv6HeaderBytes || bytes[network] >> 4 != 6)
        {
            return -1;
        }

        protocol = bytes[network + 6];
        int at = network + Ipv6HeaderBytes;

        // Hop-by-hop options, routing and destination options tell their length in units of eight bytes beyond the first.
        for (int headers = 0; protocol is 0 or 43 or 60; headers++)
        {
            if (headers == LongestOptionHeaders || at + 8 > bytes.Length)
            {
                return -1;
            }

            protocol = bytes[at];
            at += (bytes[at + 1] + 1) * 8;
        }

        return at;
    }

    private static void WritePseudoSum(
        ReadOnlySpan<byte> bytes, int network, EtherType type, byte protocol, int lengthBytes, Span<byte> destination)
    {
        ReadOnlySpan<byte> addresses = type == EtherType.IPv4
            ? bytes.Slice(network + 12, 8)
            : bytes.Slice(network + Ipv6AddressesStart, Ipv6AddressesBytes);
        ReadOnlySpan<byte> rest =
        [
            (byte)(lengthBytes >> 24), (byte)(lengthBytes >> 16), (byte)(lengthBytes >> 8), (byte)lengthBytes, 0, 0, 0, protocol,
        ];
        ulong sum = InternetChecksum.Accumulate(rest, InternetChecksum.Accumulate(addresses));
        BinaryPrimitives.WriteUInt16BigEndian(destination, InternetChecksum.Fold(sum));
    }
}
