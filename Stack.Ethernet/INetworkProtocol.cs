using NetStack.Core;

namespace NetStack.Ethernet;

/// <summary>A protocol above the link, attached to an <see cref="EthernetPort"/> by its <see cref="EtherType"/>.</summary>
public interface INetworkProtocol
{
    /// <summary>A packet has arrived, its link header stripped (the <see cref="PacketBuffer.NetworkStart"/> is set). Takes the ownership.</summary>
    /// <param name="packet">The packet, from its network header on; the link may have padded it.</param>
    /// <param name="isLinkGroup">Whether it was sent to a link-layer group address.</param>
    /// <param name="now">The time of the loop's turn.</param>
    void Receive(PacketBuffer packet, bool isLinkGroup, Instant now);
}
