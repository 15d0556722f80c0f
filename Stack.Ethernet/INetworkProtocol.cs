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

    /// <summary>A burst is about to be received: the memory that it will need may be fetched. Called before the first of its frames.</summary>
    /// <param name="burst">The frames, of any protocol, not checked; they stay the caller's.</param>
    /// <param name="linkHeaderBytes">What comes before the network header in each.</param>
    void Expect(ReadOnlySpan<PacketBuffer> burst, int linkHeaderBytes)
    {
    }

    /// <summary>The burst that was told of has been received.</summary>
    /// <param name="now">The time of the loop's turn.</param>
    void Complete(Instant now)
    {
    }
}
