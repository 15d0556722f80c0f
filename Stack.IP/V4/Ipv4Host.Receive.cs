using System.Runtime.CompilerServices;
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
        int lengthBytes = packet.TotalLength;
        if (packet.Next is not null && !packet.TryPullUp(ContiguousBytes))
        {
            _pool.Drop(packet, DropReason.Ipv4TooShort);
            return;
        }

        if (!Ipv4Header.IsPlain(packet.Span, lengthBytes)
            && !Ipv4Header.TryParse(packet.Span, lengthBytes, out _, out DropReason reason))
        {
            _pool.Drop(packet, reason);
            return;
        }

        Ipv4Header header = Ipv4Header.View(packet.Span);
        if (header.TotalLengthBytes < lengthBytes)
        {
            packet.Truncate(header.TotalLengthBytes);
        }

        uint source = header.Source;
        if ((source != via.KnownSource || source == 0) && !AdmitsSource(source, header.Destination, via))
        {
            _pool.Drop(packet, DropReason.Ipv4BadSource);
            return;
        }

        // What was forwarded lately is none of ours: that spares the look through our addresses.
        if (_forwardPaths is { } paths && !isLinkGroup && paths.FindLate(header.Destination) is { } path)
        {
            Forward(packet, header, via, path, now);
            return;
        }

        uint destination = header.Destination;
        DestinationKind kind = destination == _primary && destination != 0 ? DestinationKind.Unicast : Classify(destination, via);
        if (kind == DestinationKind.None)
        {
            ReceiveForeign(packet, header, via, isLinkGroup, now);
            return;
        }

        if (isLinkGroup && kind == DestinationKind.Unicast)
        {
            // RFC 1122 §3.3.6: "A host SHOULD silently discard a datagram that is received via a link-layer broadcast
            // but does not specify an IP multicast or broadcast destination address."
            _pool.Drop(packet, DropReason.Ipv4UnicastInLinkGroup);
            return;
        }

        ReceiveLocal(packet, header, via, kind == DestinationKind.Unicast, now);
    }

    /// <summary>Takes in a packet that is for this host.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReceiveLocal(PacketBuffer packet, Ipv4Header header, Ipv4Interface via, bool isUnicast, Instant now)
    {
        IpFacts facts = new(
            new IpAddress(header.Source), new IpAddress(header.Destination), via.Interface, header.TrafficClass, header.HopLimit,
            isUnicast);
        int headerLengthBytes = header.LengthBytes;
        if (headerLengthBytes > Ipv4Header.MinimumLengthBytes && !AcceptsOptions(packet, header, facts, now))
        {
            return;
        }

        if (Ip.Filter is { } filter && !via.Interface.IsLoopback && !PassesFilter(filter, FilterWay.Receive, packet, facts, header, now))
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
        if (protocol == IpProtocol.Udp)
        {
            _udp.Receive(packet, facts, now);
            return;
        }

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

    /// <summary>Whether a source may be one, which is remembered.</summary>
    private bool AdmitsSource(uint source, uint destination, Ipv4Interface via)
    {
        bool isValid = IsValidSource(source, destination, via);
        if (isValid && !via.Interface.IsLoopback)
        {
            via.KnownSource = source;
        }

        return isValid;
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
