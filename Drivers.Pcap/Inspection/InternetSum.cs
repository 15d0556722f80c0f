using System.Buffers.Binary;

namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>The one's complement sum over parts of a packet, each but the last of even length.</summary>
/// <remarks>RFC 1071 §1.</remarks>
internal ref struct InternetSum
{
    private ulong _sum;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 4; bytes = bytes[4..])
        {
            _sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
        }

        if (bytes.Length >= 2)
        {
            _sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[2..];
        }

        if (!bytes.IsEmpty)
        {
            _sum += (uint)bytes[0] << 8;
        }
    }

    public void Add(UInt128 address)
    {
        Add((uint)(address >> 96));
        Add((uint)(address >> 64));
        Add((uint)(address >> 32));
        Add((uint)address);
    }

    public void Add(uint word) => _sum += word;

    /// <summary>Whether a sum that includes the checksum field says that all is right.</summary>
    public readonly bool IsRight
    {
        get
        {
            ulong sum = _sum;
            while (sum > 0xFFFF)
            {
                sum = (sum & 0xFFFF) + (sum >> 16);
            }

            return sum == 0xFFFF;
        }
    }
}
