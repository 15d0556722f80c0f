using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

/// <summary>How a frontend told its frames to be spread over its queues.</summary>
/// <remarks>Xen's <c>public/io/netif.h</c>: hash types, the Toeplitz algorithm, and the control messages that set them.</remarks>
internal sealed class ToeplitzSteering
{
    // XEN_NETBK_MAX_HASH_KEY_SIZE and XEN_NETBK_MAX_HASH_MAPPING_SIZE of Linux's netback.
    public const int MaximumKeyBytes = 40;
    public const int MaximumMapping = 128;

    private const byte Tcp = 6;

    private readonly byte[] _key = new byte[MaximumKeyBytes];
    private readonly uint[] _mapping = new uint[MaximumMapping];
    private int _mappingSize;

    public uint Algorithm { get; set; }

    public uint Types { get; set; }

    /// <summary>Whether frames are hashed at all.</summary>
    public bool IsOn => Algorithm != ControlMessage.AlgorithmNone && Types != 0;

    public int MappingSize
    {
        get => _mappingSize;
        set
        {
            _mappingSize = value;
            Array.Clear(_mapping);
        }
    }

    public void SetKey(ReadOnlySpan<byte> key)
    {
        Array.Clear(_key);
        key.CopyTo(_key);
    }

    public void SetMapping(int offset, ReadOnlySpan<uint> queues) => queues.CopyTo(_mapping.AsSpan(offset));

    public void Clear()
    {
        Algorithm = 0;
        Types = 0;
        MappingSize = 0;
        Array.Clear(_key);
    }

    public int QueueOf(PacketBuffer frame, int queues)
    {
        uint hash = HashOf(frame, out _);
        return MappingSize == 0 ? (int)(hash % (uint)queues) : (int)Math.Min(_mapping[hash % (uint)MappingSize], (uint)(queues - 1));
    }

    /// <summary>The hash of a frame; 0 where its kind is not hashed.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="type">The number of the hash type that applied.</param>
    public uint HashOf(PacketBuffer frame, out int type)
    {
        ReadOnlySpan<byte> bytes = frame.Span;
        type = 0;
        if (bytes.Length < EthernetHeader.LengthBytes + 20)
        {
            return 0;
        }

        bool isV4 = BinaryPrimitives.ReadUInt16BigEndian(bytes[12..]) == (ushort)EtherType.IPv4;
        if (!isV4 && (BinaryPrimitives.ReadUInt16BigEndian(bytes[12..]) != (ushort)EtherType.IPv6 || bytes.Length < EthernetHeader.LengthBytes + 40))
        {
            return 0;
        }

        ReadOnlySpan<byte> network = bytes[EthernetHeader.LengthBytes..];
        bool isWhole = !isV4 || (BinaryPrimitives.ReadUInt16BigEndian(network[6..]) & 0x3FFF) == 0;
        bool isTcp = FrameOffloads.TryLocate(bytes, out int transport, out byte protocol) && protocol == Tcp && isWhole;
        Span<byte> input = stackalloc byte[36];
        int addresses = isV4 ? 8 : 32;
        network.Slice(isV4 ? 12 : 8, addresses).CopyTo(input);
        uint withPorts = isV4 ? ControlMessage.HashV4Tcp : ControlMessage.HashV6Tcp;
        uint without = isV4 ? ControlMessage.HashV4 : ControlMessage.HashV6;
        if (isTcp && (Types & withPorts) != 0)
        {
            bytes.Slice(transport, 4).CopyTo(input[addresses..]);
            type = System.Numerics.BitOperations.TrailingZeroCount(withPorts);
            return Hash(input[..(addresses + 4)]);
        }

        if ((Types & without) == 0)
        {
            return 0;
        }

        type = System.Numerics.BitOperations.TrailingZeroCount(without);
        return Hash(input[..addresses]);
    }

    private uint Hash(ReadOnlySpan<byte> input)
    {
        uint hash = 0;
        ulong window = BinaryPrimitives.ReadUInt64BigEndian(_key);
        for (int i = 0; i < input.Length; i++)
        {
            for (int bit = 7; bit >= 0; bit--)
            {
                if (((input[i] >> bit) & 1) != 0)
                {
                    hash ^= (uint)(window >> 32);
                }

                window <<= 1;
            }

            window |= i + 8 < _key.Length ? _key[i + 8] : (byte)0;
        }

        return hash;
    }
}
