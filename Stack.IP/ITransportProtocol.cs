using NetStack.Core;

namespace NetStack.IP;

/// <summary>A protocol above IP, attached to an <see cref="IpHost"/> by its protocol number.</summary>
public interface ITransportProtocol
{
    /// <summary>A packet has arrived, its IP header checked and stripped, its padding cut off. Takes the ownership.</summary>
    /// <remarks>The first block holds at least 60 bytes, the longest transport header, or the whole packet. The transport verifies its own checksum unless the packet says <see cref="ChecksumState.Validated"/>.</remarks>
    void Receive(PacketBuffer packet, in IpFacts facts, Instant now);

    /// <summary>An ICMP error quotes a packet of this transport.</summary>
    /// <param name="error">What it says.</param>
    /// <param name="quote">The quoted transport header: at least 8 bytes.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <returns>
    /// Whether the quoted packet is one that this transport may have sent, as far as it can tell. Anybody can forge an error:
    /// where this is false it changes nothing. Where it is true and the error says <see cref="IcmpErrorKind.PacketTooBig"/>,
    /// the host reduces <see cref="IpPath.MtuBytes"/> after the call; whoever sends there looks at it again before it sends.
    /// </returns>
    /// <remarks>RFC 5927 §4.1, §7.</remarks>
    bool ErrorReceived(in IcmpError error, ReadOnlySpan<byte> quote, Instant now);

    /// <summary>Sends one packet through the host, if the transport has one ready.</summary>
    /// <returns>False where it has none for now.</returns>
    bool TryTransmit(Instant now);

    /// <summary>Whether <see cref="Expect"/> is worth its time: where what is known of the peers has outgrown the processor's caches.</summary>
    bool IsExpecting => false;

    /// <summary>Packets are about to be received: the memory that they will need may be fetched.</summary>
    /// <param name="flows">Whose they are, in the order in which they come. Nothing is checked: some may never be received.</param>
    void Expect(ReadOnlySpan<FlowEnds> flows)
    {
    }
}
