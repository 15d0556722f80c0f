using System.Buffers.Binary;

namespace NetStack.Drivers.Pcap;

/// <summary>The byte order a file, or a section of it, was written in.</summary>
internal readonly record struct ByteOrder(bool IsBig)
{
    public ushort Read16(ReadOnlySpan<byte> bytes) =>
        IsBig ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    public uint Read32(ReadOnlySpan<byte> bytes) =>
        IsBig ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    public long Read64(ReadOnlySpan<byte> bytes) =>
        IsBig ? BinaryPrimitives.ReadInt64BigEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
