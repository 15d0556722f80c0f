using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>A peer's answer to the host's question for its link address.</summary>
/// <remarks>RFC 826.</remarks>
internal static class ArpAnswer
{
    private const int LengthBytes = EthernetHeader.LengthBytes + 28;
    private const int OperationOffset = EthernetHeader.LengthBytes + 7;
    private const int SenderOffset = EthernetHeader.LengthBytes + 8;
    private const int AddressesBytes = 10;
    private const byte Request = 1;
    private const byte Reply = 2;

    /// <summary>Turns a question into its answer, in place.</summary>
    /// <returns>False where the frame is no question, or one for nobody else, such as an announcement.</returns>
    public static bool TryMake(PacketBuffer frame, MacAddress address)
    {
        Span<byte> bytes = frame.Span;
        if (bytes.Length < LengthBytes
            || !EthernetHeader.TryParse(bytes, out EthernetHeader header)
            || header.Type != EtherType.Arp
            || bytes[OperationOffset] != Request)
        {
            return false;
        }

        Span<byte> sender = bytes.Slice(SenderOffset, AddressesBytes);
        Span<byte> target = bytes.Slice(SenderOffset + AddressesBytes, AddressesBytes);
        if (sender[6..].SequenceEqual(target[6..]))
        {
            return false;
        }

        EthernetHeader.Write(bytes, header.Source, address, EtherType.Arp);
        bytes[OperationOffset] = Reply;
        Span<byte> asker = stackalloc byte[AddressesBytes];
        sender.CopyTo(asker);
        target.CopyTo(sender);
        address.Write(sender);
        asker.CopyTo(target);
        return true;
    }
}
