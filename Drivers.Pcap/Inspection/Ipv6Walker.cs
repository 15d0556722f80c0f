using System.Buffers.Binary;

namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>Walks through an IPv6 header and its extension headers.</summary>
/// <remarks>RFC 8200 §3, §4.</remarks>
internal static class Ipv6Walker
{
    private const int HeaderBytes = 40;
    private const byte HopByHop = 0;
    private const byte Routing = 43;
    private const byte Fragment = 44;
    private const byte Authentication = 51;
    private const byte NoNextHeader = 59;
    private const byte DestinationOptions = 60;
    private const byte HomeAddressOption = 0xC9;
    private const int MoreFragments = 1;
    private const int ReservedBits = 6;

    public static void Walk(Octets packet, ref PacketFacts facts)
    {
        facts.IsIpv6 = true;
        if (!packet.Holds(1, CaptureFault.Ipv6TooShort, ref facts))
        {
            return;
        }

        if (packet.Kept[0] >> 4 != 6)
        {
            facts.Blame(CaptureFault.Ipv6BadVersion);
            return;
        }

        facts.Meet(CaptureProtocol.Ipv6);
        if (!packet.Holds(HeaderBytes, CaptureFault.Ipv6TooShort, ref facts))
        {
            return;
        }

        ReadOnlySpan<byte> header = packet.Kept;
        facts.Source = BinaryPrimitives.ReadUInt128BigEndian(header[8..]);
        facts.Destination = BinaryPrimitives.ReadUInt128BigEndian(header[24..]);
        int payloadBytes = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        byte nextHeader = header[6];
        int available = packet.Length - HeaderBytes;
        if (payloadBytes == 0 && nextHeader == HopByHop)
        {
            // A jumbogram tells its length in an option; as much as there is will be it.
            payloadBytes = available;
        }

        if (payloadBytes > available)
        {
            // The sender's fault, not the capture's: what there is of it is judged like a packet.
            facts.Blame(CaptureFault.Ipv6BadPayloadLength);
            payloadBytes = available;
        }
        else if (payloadBytes > packet.Kept.Length - HeaderBytes)
        {
            facts.Blame(CaptureFault.Truncated);
            facts.IsCut = true;
        }

        WalkExtensions(nextHeader, new Octets(packet.Kept[HeaderBytes..], payloadBytes), ref facts);
    }

    private static void WalkExtensions(byte nextHeader, Octets rest, ref PacketFacts facts)
    {
        // Every turn takes at least eight bytes off the packet.
        while (nextHeader is HopByHop or Routing or Fragment or DestinationOptions or Authentication)
        {
            if (!rest.Holds(8, CaptureFault.Ipv6BadExtension, ref facts))
            {
                return;
            }

            int lengthBytes = nextHeader switch
            {
                Fragment => 8,
                Authentication => (rest.Kept[1] + 2) * 4,
                _ => (rest.Kept[1] + 1) * 8,
            };
            if (!rest.Holds(lengthBytes, CaptureFault.Ipv6BadExtension, ref facts))
            {
                return;
            }

            ReadOnlySpan<byte> extension = rest.Kept[..lengthBytes];
            switch (nextHeader)
            {
                case Fragment when (BinaryPrimitives.ReadUInt16BigEndian(extension[2..]) & ~ReservedBits) != 0:
                    WalkFragment(extension, rest.After(lengthBytes), ref facts);
                    return;
                case Routing:
                    NoteFinalDestination(extension, ref facts);
                    break;
                case DestinationOptions:
                    NoteHomeAddress(extension, ref facts);
                    break;
            }

            nextHeader = extension[0];
            rest = rest.After(lengthBytes);
        }

        if (nextHeader != NoNextHeader)
        {
            TransportWalker.Walk(nextHeader, rest, ref facts);
        }
    }

    /// <summary>The transport header belongs to the fragment that completes its datagram.</summary>
    private static void WalkFragment(ReadOnlySpan<byte> extension, Octets payload, ref PacketFacts facts)
    {
        int fragment = BinaryPrimitives.ReadUInt16BigEndian(extension[2..]);
        int offset = fragment & ~(ReservedBits | MoreFragments);
        if (facts.IsCut || facts.IsReassembled)
        {
            // It will never be put together; the first one still tells the ports.
            facts.IsFragment = true;
            if (offset == 0)
            {
                WalkExtensions(extension[0], payload, ref facts);
            }

            return;
        }

        uint identification = BinaryPrimitives.ReadUInt32BigEndian(extension[4..]);
        var key = new FragmentKey(IsIpv6: true, facts.Source, facts.Destination, Protocol: 0, identification);
        FragmentedDatagram? datagram = facts.Fragments.Add(
            key, extension[0], offset, payload.Kept, isLast: (fragment & MoreFragments) == 0);
        if (datagram is not null)
        {
            // A fragment inside of a datagram put together is none that a stack accepts: it is not gone into again.
            facts.IsReassembled = true;
            Octets whole = new(datagram.Payload, datagram.Payload.Length);
            WalkExtensions(datagram.Protocol, whole, ref facts);
        }
    }

    /// <summary>
    /// "If the IPv6 packet contains a Routing header, the Destination Address used in the pseudo-header is that of the
    /// final destination."
    /// </summary>
    /// <remarks>RFC 8200 §8.1; RFC 2460 §4.4 (type 0), RFC 6275 §6.4 (type 2).</remarks>
    private static void NoteFinalDestination(ReadOnlySpan<byte> extension, ref PacketFacts facts)
    {
        if (extension[3] == 0 || extension.Length < 24)
        {
            return;
        }

        // The list of a segment routing header runs backwards (RFC 8754 §2).
        switch (extension[2])
        {
            case 0 or 2:
                facts.Destination = BinaryPrimitives.ReadUInt128BigEndian(extension[^16..]);
                break;
            case 4:
                facts.Destination = BinaryPrimitives.ReadUInt128BigEndian(extension[8..]);
                break;
        }
    }

    /// <summary>A home address takes the source's place in the pseudo-header.</summary>
    /// <remarks>RFC 6275 §6.3, §11.3.1.</remarks>
    private static void NoteHomeAddress(ReadOnlySpan<byte> extension, ref PacketFacts facts)
    {
        ReadOnlySpan<byte> options = extension[2..];
        while (options.Length >= 2)
        {
            if (options[0] == 0)
            {
                options = options[1..];
                continue;
            }

            int length = options[1];
            if (options[0] == HomeAddressOption && length == 16 && options.Length >= 18)
            {
                facts.Source = BinaryPrimitives.ReadUInt128BigEndian(options[2..]);
            }

            options = options[Math.Min(options.Length, 2 + length)..];
        }
    }
}
