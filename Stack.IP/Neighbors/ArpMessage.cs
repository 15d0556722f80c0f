using System.Buffers.Binary;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>
/// A view of an ARP message for Ethernet and IPv4.
/// <code>
///   0         2         4     5     6         8             14            18            24           28
///   +---------+---------+-----+-----+---------+-------------+-------------+-------------+------------+
///   |hw type 1|IPv4 type|  6  |  4  |operation| sender link | sender IPv4 | target link | target IPv4|
///   +---------+---------+-----+-----+---------+-------------+-------------+-------------+------------+
/// </code>
/// </summary>
/// <remarks>RFC 826.</remarks>
internal readonly ref struct ArpMessage
{
    /// <summary>The length of a message.</summary>
    public const int LengthBytes = 28;

    // Hardware type 1 (Ethernet), protocol type 0x0800, address lengths 6 and 4.
    private const ulong EthernetIpv4 = 0x0001_0800_0604;
    private const int OperationOffset = 6;
    private const int SenderLinkOffset = 8;
    private const int SenderOffset = 14;
    private const int TargetLinkOffset = 18;
    private const int TargetOffset = 24;

    private readonly ReadOnlySpan<byte> _bytes;

    private ArpMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Request or reply.</summary>
    public ArpOperation Operation => (ArpOperation)BinaryPrimitives.ReadUInt16BigEndian(_bytes[OperationOffset..]);

    /// <summary>The sender's link address.</summary>
    public MacAddress SenderLink => MacAddress.Read(_bytes[SenderLinkOffset..]);

    /// <summary>The sender's IPv4 address.</summary>
    public uint Sender => BinaryPrimitives.ReadUInt32BigEndian(_bytes[SenderOffset..]);

    /// <summary>The target's link address: meaningless in a request.</summary>
    public MacAddress TargetLink => MacAddress.Read(_bytes[TargetLinkOffset..]);

    /// <summary>The target's IPv4 address.</summary>
    public uint Target => BinaryPrimitives.ReadUInt32BigEndian(_bytes[TargetOffset..]);

    /// <summary>Views a message.</summary>
    /// <returns>False where it is too short, or not a request or reply for Ethernet and IPv4 from a station of its own.</returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, out ArpMessage message)
    {
        message = default;
        if (packet.Length < LengthBytes || BinaryPrimitives.ReadUInt64BigEndian(packet) >> 16 != EthernetIpv4)
        {
            return false;
        }

        message = new ArpMessage(packet[..LengthBytes]);
        return message.Operation is ArpOperation.Request or ArpOperation.Reply
            && !message.SenderLink.IsGroup && !message.SenderLink.IsZero;
    }

    /// <summary>Writes a message into at least 28 bytes.</summary>
    public static void Write(
        Span<byte> destination, ArpOperation operation, MacAddress senderLink, uint sender, MacAddress targetLink, uint target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, (EthernetIpv4 << 16) | (ushort)operation);
        senderLink.Write(destination[SenderLinkOffset..]);
        BinaryPrimitives.WriteUInt32BigEndian(destination[SenderOffset..], sender);
        targetLink.Write(destination[TargetLinkOffset..]);
        BinaryPrimitives.WriteUInt32BigEndian(destination[TargetOffset..], target);
    }
}
