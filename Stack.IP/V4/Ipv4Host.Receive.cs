using NetStack.Core;

namespace NetStack.IP;

// Input: the checks of RFC 1122 §3.2.1 in their order, and the way up.
internal sealed partial class Ipv4Host
{
    // The longest IP header, and the longest transport header behind it.
    private const int ContiguousBytes = Ipv4Header.MaximumLengthBytes + 60;

    private enum DestinationKind
    {
        None,
        Unicast,
        Group,
    }

    /// <summary>A packet has arrived. Takes the ownership.</summary>
    public void Receive(PacketBuffer packet, Ipv4Interface via, bool isLinkGroup, Instant now)
    {
        int lengthBytes = packet.Length;
        if (packet.Next is not null)
        {
            lengthBytes = packet.TotalLength;
            if (!PacketChain.TryPullUp(packet, ContiguousBytes))
            {
                _pool.Drop(packet, DropReason.Ipv4TooShort);
                return;
            }
        }

        if (!Ipv4Header.TryParse(packet.Span, lengthBytes, out Ipv4Header header, out DropReason reason))
        {
            _pool.Drop(packet, reason);
            return;
        }

        uint source = header.Source;
        uint destination = header.Destination;
        DestinationKind kind = Classify(destination, via);
        if (!IsValidSource(source, destination, via))
        {
            _pool.Drop(packet, DropReason.Ipv4BadSource);
            return;
        }

        if (kind == DestinationKind.None)
        {
            _pool.Drop(packet, DropReason.Ipv4NotForUs);
            return;
        }

        if (isLinkGroup && kind == DestinationKind.Unicast)
        {
            // RFC 1122 §3.3.6: "A host SHOULD silently discard a datagram that is received via a link-layer broadcast
            // but does not specify an IP multicast or broadcast destination address."
            _pool.Drop(packet, DropReason.Ipv4UnicastInLinkGroup);
            return;
        }

        int headerLengthBytes = header.LengthBytes;
        int totalLengthBytes = header.TotalLengthBytes;
        if (totalLengthBytes < lengthBytes)
        {
            packet.Truncate(totalLengthBytes);
        }

        IpFacts facts = new(
            new IpAddress(source), new IpAddress(destination), via.Interface, header.TrafficClass, header.HopLimit,
            kind == DestinationKind.Unicast);
        if (headerLengthBytes > Ipv4Header.MinimumLengthBytes && !AcceptsOptions(packet, header, facts, now))
        {
            return;
        }

        _counters.Increment(Counter.IpPacketsReceived);
        IpProtocol protocol = header.Protocol;
        if (header.IsFragment)
        {
            ReceiveFragment(packet, protocol, facts, now);
            return;
        }

        packet.RemoveFront(headerLengthBytes);
        Deliver(packet, protocol, facts, now);
    }

    /// <summary>Hands a whole packet, its header stripped, to its transport.</summary>
    private void Deliver(PacketBuffer packet, IpProtocol protocol, in IpFacts facts, Instant now)
    {
        switch (protocol)
        {
            case IpProtocol.Udp:
                _udp.Receive(packet, facts, now);
                break;
            case IpProtocol.Icmp:
                Icmp.Receive(packet, facts, now);
                break;
            default:
                if (protocol == IpProtocol.Tcp && _coalescer.IsOpen)
                {
                    _coalescer.Receive(packet, facts, now);
                    break;
                }

                if (Ip.FindTransport(protocol) is { } transport)
                {
                    transport.Receive(packet, facts, now);
                    break;
                }

                Icmp.SendError(packet, IcmpErrorKind.ProtocolUnreachable, facts, now);
                _pool.Drop(packet, DropReason.ProtocolUnknown);
                break;
        }
    }

    private DestinationKind Classify(uint destination, Ipv4Interface via)
    {
        if (IsLocal(destination) || (via.Interface.IsLoopback && destination >> 24 == 127))
        {
            return DestinationKind.Unicast;
        }

        return destination is uint.MaxValue or AllHosts || via.IsDirectedBroadcast(destination)
            ? DestinationKind.Group
            : DestinationKind.None;
    }

    /// <remarks>RFC 1122 §3.2.1.3: a source must be the address of one host, and not one of ours where it comes from outside.</remarks>
    private bool IsValidSource(uint source, uint destination, Ipv4Interface via)
    {
        if (via.Interface.IsLoopback)
        {
            return source >> 24 == 127 || IsLocal(source);
        }

        return (source >> 24) switch
        {
            0 => source == 0 && destination == uint.MaxValue,
            127 or >= 224 => false,
            _ => !via.IsDirectedBroadcast(source) && !IsLocal(source),
        };
    }

    private bool AcceptsOptions(PacketBuffer packet, Ipv4Header header, in IpFacts facts, Instant now)
    {
        bool hasSourceRoute = Ipv4OptionList.HasSourceRoute(header.Options, out int errorOffset);
        if (errorOffset >= 0)
        {
            Icmp.SendError(
                packet, IcmpErrorKind.ParameterProblem, facts, now, pointer: (byte)(Ipv4Header.MinimumLengthBytes + errorOffset));
            _pool.Drop(packet, DropReason.Ipv4BadOptions);
            return false;
        }

        if (hasSourceRoute)
        {
            _pool.Drop(packet, DropReason.Ipv4SourceRoute);
            return false;
        }

        return true;
    }
}
