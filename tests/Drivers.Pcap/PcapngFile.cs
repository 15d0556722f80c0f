using System.Buffers.Binary;
using System.Text;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>A pcapng file put together block by block, in either byte order, with whatever contents a test needs.</summary>
internal sealed class PcapngFile(bool isBigEndian = false)
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    public bool IsBigEndian { get; set; } = isBigEndian;

    public PcapngFile Section(ushort major = 1) =>
        Block(0x0A0D0D0A, [.. U32(0x1A2B3C4D), .. U16(major), .. U16(0), 255, 255, 255, 255, 255, 255, 255, 255]);

    public PcapngFile Interface(ushort linkType, uint snapLength, params byte[] options) =>
        Block(1, [.. U16(linkType), .. U16(0), .. U32(snapLength), .. options]);

    public PcapngFile Enhanced(uint interfaceId, ulong ticks, byte[] data, uint? original = null, params byte[] options) =>
        Block(6, [.. U32(interfaceId), .. Packet(ticks, data, original), .. options]);

    public PcapngFile Obsolete(ushort interfaceId, ulong ticks, byte[] data) =>
        Block(2, [.. U16(interfaceId), .. U16(3), .. Packet(ticks, data, null)]);

    public PcapngFile Simple(byte[] data, uint? original = null) =>
        Block(3, [.. U32(original ?? (uint)data.Length), .. Padded(data)]);

    public PcapngFile Block(uint type, byte[] body, uint? secondLength = null)
    {
        uint length = (uint)body.Length + 12;
        _bytes.AddRange([.. U32(type), .. U32(length), .. body, .. U32(secondLength ?? length)]);
        return this;
    }

    public byte[] Option(ushort code, params byte[] value) => [.. U16(code), .. U16((ushort)value.Length), .. Padded(value)];

    public byte[] Option(ushort code, string value) => Option(code, Encoding.UTF8.GetBytes(value));

    public byte[] Option(ushort code, long value) => Option(code, [.. U32((uint)(IsBigEndian ? value >> 32 : value)), .. U32((uint)(IsBigEndian ? value : value >> 32))]);

    public byte[] U16(ushort value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, IsBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        return bytes;
    }

    public byte[] U32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, IsBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        return bytes;
    }

    private static byte[] Padded(byte[] data) => [.. data, .. new byte[-data.Length & 3]];

    private byte[] Packet(ulong ticks, byte[] data, uint? original) =>
        [.. U32((uint)(ticks >> 32)), .. U32((uint)ticks), .. U32((uint)data.Length), .. U32(original ?? (uint)data.Length), .. Padded(data)];
}
