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

    public static void Walk(Octets packet, ref PacketFacts facts)
    {
        facts.Meet(CaptureProtocol.Ipv6);
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

        if (!packet.Holds(HeaderBytes, CaptureFault.Ipv6TooShort, ref facts))
        {
            return;
        }

        ReadOnlySpan<byte> header = packet.Kept;
        facts.Source = facts.PseudoSource = BinaryPrimitives.ReadUInt128BigEndian(header[8..]);
        facts.Destination = facts.PseudoDestination = BinaryPrimitives.ReadUInt128BigEndian(header[24..]);
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
            facts.Blame(CaptureFault.Ipv6BadPayloadLength);
            facts.IsCut = true;
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
                case Fragment:
                    int fragment = BinaryPrimitives.ReadUInt16BigEndian(extension[2..]);
                    facts.IsFragment |= (fragment & 0xFFF9) != 0;
                    if (fragment >> 3 != 0)
                    {
                        return;
                    }

                    break;
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

    /// <summary>
    /// "If the IPv6 packet contains a Routing header, the Destination Address used in the pseudo-header is that of the
    /// final destination."
    /// </summary>
    /// <remarks>RFC 8200 §8.1; RFC 2460 §4.4 (type 0), RFC 6275 §6.4 (type 2).</remarks>
    private static void NoteFinalDestination(ReadOnlySpan<byte> extension, ref PacketFacts facts)
    {
        byte type = extension[2];
        byte segmentsLeft = extension[3];
        if (type is 0 or 2 && segmentsLeft > 0 && extension.Length >= 24)
        {
            facts.PseudoDestination = BinaryPrimitives.ReadUInt128BigEndian(extension[^16..]);
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
                facts.PseudoSource = BinaryPrimitives.ReadUInt128BigEndian(options[2..]);
            }

            options = options[Math.Min(options.Length, 2 + length)..];
        }
    }
}
