using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>What the states of neighbours ask of ARP or NDP.</summary>
internal interface INeighborProtocol
{
    /// <summary>The type of the packets that go to neighbours.</summary>
    EtherType PacketType { get; }

    /// <summary>Asks for a neighbour's link address.</summary>
    /// <param name="neighbor">Whose.</param>
    /// <param name="isUnicast">Whether to ask at the address known so far, not the whole link.</param>
    /// <param name="now">The time of the loop's turn.</param>
    void Solicit(Neighbor neighbor, bool isUnicast, Instant now);

    /// <summary>Tells the transport of a packet, IP header first, that it cannot be delivered. Takes the ownership.</summary>
    void ReportUnreachable(PacketBuffer packet, Instant now);
}
