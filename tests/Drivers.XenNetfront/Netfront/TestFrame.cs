using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>A frame as plain bytes with its facts.</summary>
internal sealed record TestFrame(byte[] Bytes, ChecksumState Checksum = ChecksumState.None, GsoType Gso = GsoType.None, int GsoSizeBytes = 0)
{
    private const int TransportV4 = 34;
    private const int TransportV6 = 54;

    /// <summary>The bytes of each block; empty for one that was not looked at.</summary>
    public int Blocks { get; init; } = 1;

    public int ChecksumStart { get; init; }

    public static TestFrame Of(PacketBuffer frame)
    {
        byte[] bytes = new byte[frame.TotalLength];
        frame.CopyTo(bytes);
        int blocks = 0;
        for (PacketBuffer? block = frame; block is not null; block = block.Next)
        {
            blocks++;
        }

        return new TestFrame(bytes, frame.Checksum, frame.Gso, frame.Gso == GsoType.None ? 0 : frame.GsoSizeBytes)
        {
            Blocks = blocks,
            ChecksumStart = frame.Checksum == ChecksumState.ToBeFilled ? frame.ChecksumStart - frame.Start : 0,
        };
    }

    /// <summary>An ordinary frame whose bytes follow from a number.</summary>
    public static TestFrame Make(int number, int lengthBytes = 64)
    {
        byte[] bytes = new byte[lengthBytes];
        for (int i = 0; i < lengthBytes; i++)
        {
            bytes[i] = (byte)((number * 31) + (i * 7) + (i >> 8));
        }

        new MacAddress(0x02_00_00_00_00_01).Write(bytes);
        new MacAddress(0x02_00_00_00_00_02).Write(bytes.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(12), 0x88B5);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(14), number);
        return new TestFrame(bytes);
    }

    /// <summary>A TCP frame over IPv4 or IPv6, with a blank checksum where it is a super-frame or so is asked.</summary>
    public static TestFrame MakeTcp(bool isV6, int payloadBytes, GsoType gso = GsoType.None, int gsoSizeBytes = 0, bool isBlank = true)
    {
        int transport = isV6 ? TransportV6 : TransportV4;
        byte[] bytes = new byte[transport + 20 + payloadBytes];
        Make(1, bytes.Length).Bytes.CopyTo(bytes, 0);
        Span<byte> ip = bytes.AsSpan(14);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(12), isV6 ? (ushort)0x86DD : (ushort)0x0800);
        if (isV6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(ip, 0x6000_0000);
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(20 + payloadBytes));
            ip[6] = 6;
            ip[7] = 64;
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(ip, 0x4500_0000 | (uint)(40 + payloadBytes));
            BinaryPrimitives.WriteUInt32BigEndian(ip[4..], 0x0001_4000);
            BinaryPrimitives.WriteUInt32BigEndian(ip[8..], 0x4006_0000);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip[..20]));
        }

        Span<byte> tcp = bytes.AsSpan(transport);
        tcp[12] = 0x50;
        tcp[13] = 0x10;
        tcp[16..20].Clear();
        ReadOnlySpan<byte> addresses = isV6 ? ip[8..40] : ip[12..20];
        byte[] rest = [0, 0, 0, 0, 0, 0, 0, 6];
        BinaryPrimitives.WriteInt32BigEndian(rest, tcp.Length);
        ulong sum = InternetChecksum.Accumulate(rest, InternetChecksum.Accumulate(addresses));
        BinaryPrimitives.WriteUInt16BigEndian(
            tcp[16..], isBlank ? InternetChecksum.Fold(sum) : InternetChecksum.Compute(tcp, sum));
        return new TestFrame(bytes, isBlank ? ChecksumState.ToBeFilled : ChecksumState.None, gso, gsoSizeBytes) { ChecksumStart = isBlank ? transport : 0 };
    }

    /// <summary>The same as blocks of a pool.</summary>
    public PacketBuffer Lease(PacketPool pool)
    {
        PacketBuffer frame = pool.TryLeaseCopy(Bytes) ?? throw new InvalidOperationException("The pool of the test is too small.");
        frame.Checksum = Checksum;
        frame.Gso = Gso;
        frame.GsoSizeBytes = (ushort)GsoSizeBytes;
        frame.ChecksumStart = (ushort)(frame.Start + ChecksumStart);
        frame.ChecksumOffset = 16;
        return frame;
    }
}
