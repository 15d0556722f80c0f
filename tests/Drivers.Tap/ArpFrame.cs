using System.Net;
using NetStack.Ethernet;

namespace NetStack.Drivers.Tap.Tests;

/// <summary>ARP written out by hand, byte for byte as in the RFC.</summary>
internal static class ArpFrame
{
    public const int LengthBytes = 42;

    public static byte[] Request(MacAddress sender, string senderAddress, string wantedAddress)
    {
        byte[] frame = new byte[LengthBytes];
        MacAddress.Broadcast.Write(frame);
        sender.Write(frame.AsSpan(6));
        new byte[] { 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1 }.CopyTo(frame, 12);
        sender.Write(frame.AsSpan(22));
        IPAddress.Parse(senderAddress).GetAddressBytes().CopyTo(frame, 28);
        IPAddress.Parse(wantedAddress).GetAddressBytes().CopyTo(frame, 38);
        return frame;
    }

    public static bool IsReply(ReadOnlySpan<byte> frame, string fromAddress) =>
        frame.Length >= LengthBytes
        && frame[12..14].SequenceEqual(new byte[] { 0x08, 0x06 })
        && frame[21] == 2
        && frame.Slice(28, 4).SequenceEqual(IPAddress.Parse(fromAddress).GetAddressBytes());

    public static MacAddress SenderOf(ReadOnlySpan<byte> frame) => MacAddress.Read(frame[22..]);
}
