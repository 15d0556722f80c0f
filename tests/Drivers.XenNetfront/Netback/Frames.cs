using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>Makes frames.</summary>
internal static class Frames
{
    /// <summary>A frame of no known protocol, filled by its number.</summary>
    public static byte[] Make(int lengthBytes, int number = 0)
    {
        byte[] frame = new byte[lengthBytes];
        EthernetHeader.Write(frame, TwinRig.Station, new MacAddress(0x02_00_00_00_00_99), (EtherType)0x88B5);
        for (int i = EthernetHeader.LengthBytes; i < lengthBytes; i++)
        {
            frame[i] = (byte)(i + (number * 7));
        }

        return frame;
    }

    /// <summary>A TCP segment with whole checksums.</summary>
    public static byte[] MakeTcp(int payloadBytes, bool isV6 = false, ushort sourcePort = 1000)
    {
        int network = EthernetHeader.LengthBytes;
        int transport = network + (isV6 ? 40 : 20);
        byte[] frame = new byte[transport + 20 + payloadBytes];
        EthernetHeader.Write(frame, TwinRig.Station, new MacAddress(0x02_00_00_00_00_99), isV6 ? EtherType.IPv6 : EtherType.IPv4);
        Span<byte> ip = frame.AsSpan(network);
        if (isV6)
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(20 + payloadBytes));
            ip[6] = 6;
            ip[7] = 64;
            ip[23] = 1;
            ip[39] = 2;
        }
        else
        {
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(40 + payloadBytes));
            ip[8] = 64;
            ip[9] = 6;
            BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0A000001);
            BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0x0A000002);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip[..20]));
        }

        Span<byte> tcp = frame.AsSpan(transport);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], 80);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], 0xFFFF_FF00);
        tcp[12] = 0x50;
        tcp[13] = 0x18;
        for (int i = 0; i < payloadBytes; i++)
        {
            tcp[20 + i] = (byte)(i * 3);
        }

        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], InternetChecksum.Compute(tcp, Pseudo(frame)));
        return frame;
    }

    /// <summary>Whether the TCP checksum of a frame is right.</summary>
    public static bool IsIntact(byte[] frame)
    {
        int transport = EthernetHeader.LengthBytes + (frame[EthernetHeader.LengthBytes] >> 4 == 6 ? 40 : 20);
        return InternetChecksum.Verify(frame.AsSpan(transport), Pseudo(frame));
    }

    /// <summary>Puts the sum of the pseudo header into the checksum field of a packet, as a stack does that leaves the rest to the device.</summary>
    public static void MakeBlank(PacketBuffer packet)
    {
        Span<byte> frame = packet.Span;
        int transport = EthernetHeader.LengthBytes + (frame[EthernetHeader.LengthBytes] >> 4 == 6 ? 40 : 20);
        byte[] whole = new byte[packet.TotalLength];
        packet.CopyTo(whole);
        BinaryPrimitives.WriteUInt16BigEndian(frame[(transport + 16)..], InternetChecksum.Fold(Pseudo(whole)));
        packet.Checksum = ChecksumState.ToBeFilled;
        packet.ChecksumStart = (ushort)(packet.Start + transport);
        packet.ChecksumOffset = 16;
    }

    private static ulong Pseudo(byte[] frame)
    {
        ReadOnlySpan<byte> ip = frame.AsSpan(EthernetHeader.LengthBytes);
        bool isV6 = ip[0] >> 4 == 6;
        ReadOnlySpan<byte> addresses = isV6 ? ip[8..40] : ip[12..20];
        Span<byte> rest = stackalloc byte[8];
        rest.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(rest, (uint)(ip.Length - (isV6 ? 40 : 20)));
        rest[7] = 6;
        return InternetChecksum.Accumulate(rest, InternetChecksum.Accumulate(addresses));
    }
}
