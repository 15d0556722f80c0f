using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.IP;

// Errors that we send.
internal sealed partial class IcmpV4
{
    // RFC 792: the IP header and the first 64 bits of the data.
    private const int MinimumQuoteBytes = 8;

    // RFC 1812 §4.3.2.3: as much as fits "without the length of the ICMP datagram exceeding 576 bytes".
    private const int MaximumErrorBytes = 576;

    /// <summary>Answers a packet with an error, where the rules allow it. Borrows the packet.</summary>
    /// <param name="packet">The packet, whose IP header stands at its network start.</param>
    /// <param name="kind">What to say.</param>
    /// <param name="facts">What its IP header told.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="pointer">With a parameter problem, the offset of the wrong byte.</param>
    /// <param name="mtuBytes">With "packet too big", the MTU of the link that it was too big for.</param>
    /// <remarks>RFC 1122 §3.2.2.</remarks>
    public void SendError(PacketBuffer packet, IcmpErrorKind kind, in IpFacts facts, Instant now, byte pointer = 0, int mtuBytes = 0)
    {
        ReadOnlySpan<byte> network = packet.NetworkSpan;
        if (!facts.IsUnicast || !Ipv4Header.TryParseQuote(network, out Ipv4Header quoted) || !MayAnswer(quoted, network))
        {
            return;
        }

        if (_host.FindPath(facts.Source, _host.IsLocal(facts.Destination) ? facts.Destination : null) is not { } path || !_errorRate.TryTake(now))
        {
            _counters.Increment(Counter.IcmpErrorsSuppressed);
            return;
        }

        if (_pool.TryLease() is not { } error)
        {
            _counters.CountDrop(DropReason.PoolExhausted);
            return;
        }

        const int Room = MaximumErrorBytes - Ipv4Header.MinimumLengthBytes - IcmpHeader.LengthBytes;
        int behindBytes = packet.Next?.TotalLength ?? 0;
        Span<byte> message = error.Extend(IcmpHeader.LengthBytes + Math.Min(Room, network.Length + behindBytes));
        (IcmpType type, byte code) = IcmpErrorCode.FromKind(kind);
        IcmpHeader.Write(message, type, code, (ushort)(pointer << 8), (ushort)mtuBytes);
        Span<byte> quote = message[IcmpHeader.LengthBytes..];
        network = network[..Math.Min(network.Length, quote.Length)];
        network.CopyTo(quote);
        if (packet.Next is { } next)
        {
            PacketChain.Copy(next, 0, quote[network.Length..]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(message[IcmpHeader.ChecksumOffset..], InternetChecksum.Compute(message));
        _counters.Increment(Counter.IcmpErrorsTransmitted);
        _host.Transmit(error, path, IpProtocol.Icmp, new IpSendOptions(AllowFragmentation: true), now);
    }

    // "An ICMP error message MUST NOT be sent as the result of receiving: an ICMP error message, ... a non-initial
    // fragment". Broadcasts and bad sources do not get as far as this.
    private static bool MayAnswer(Ipv4Header quoted, ReadOnlySpan<byte> network)
    {
        if (quoted.FragmentOffsetBytes != 0)
        {
            return false;
        }

        if (quoted.Protocol != IpProtocol.Icmp)
        {
            return true;
        }

        return network.Length > quoted.LengthBytes
            && (IcmpType)network[quoted.LengthBytes] is IcmpType.EchoRequest or IcmpType.EchoReply;
    }
}
