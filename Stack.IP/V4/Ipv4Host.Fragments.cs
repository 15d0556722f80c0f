using NetStack.Core;

namespace NetStack.IP;

// Packets larger than a link.
internal sealed partial class Ipv4Host
{
    private void ReceiveFragment(PacketBuffer packet, in IpFacts facts, Instant now)
    {
        _pool.Drop(packet, DropReason.FragmentQueueFull);
    }

    private TransmitStatus TransmitLarge(
        PacketBuffer packet, int payloadBytes, IpPath path, IpProtocol protocol, in IpSendOptions options, Instant now)
    {
        _pool.Drop(packet, DropReason.PacketTooBig);
        return TransmitStatus.TooBig;
    }
}
