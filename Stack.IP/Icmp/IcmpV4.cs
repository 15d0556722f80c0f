using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>ICMP for IPv4: answers echo requests, takes errors in.</summary>
/// <remarks>RFC 792, RFC 1122 §3.2.2.</remarks>
internal sealed partial class IcmpV4
{
    private readonly IpHost _host;
    private readonly PacketPool _pool;
    private readonly Counters _counters;
    private readonly TokenBucket _errorRate;

    public IcmpV4(IpHost host)
    {
        _host = host;
        _pool = host.Pool;
        _counters = host.Counters;
        _errorRate = new TokenBucket(host.Options.IcmpErrorsPerSecond, host.Options.IcmpErrorBurst);
    }

    /// <summary>Who takes echo replies.</summary>
    public IcmpEchoDemultiplexer Echo { get; set; } = null!;

    /// <summary>A message has arrived, its IP header stripped. Takes the ownership.</summary>
    public void Receive(PacketBuffer packet, in IpFacts facts, Instant now)
    {
        if (!IcmpHeader.TryParse(packet.Span, out IcmpHeader header))
        {
            _pool.Drop(packet, DropReason.IcmpTooShort);
            return;
        }

        if (InternetChecksum.Fold(PacketChain.Sum(packet, 0)) != ushort.MaxValue)
        {
            _pool.Drop(packet, DropReason.IcmpBadChecksum);
            return;
        }

        _counters.Increment(Counter.IcmpMessagesReceived);
        switch (header.Type)
        {
            case IcmpType.EchoRequest:
                Answer(packet, header, facts, now);
                break;
            case IcmpType.EchoReply:
                Echo.Receive(packet, header.Identifier, header.Sequence, facts, now);
                break;
            case IcmpType.DestinationUnreachable or IcmpType.TimeExceeded or IcmpType.ParameterProblem:
                ReceiveError(packet, facts, now);
                break;
            default:
                // RFC 1122 §3.2.2: "If an ICMP message of unknown type is received, it MUST be silently discarded."
                // Redirects are not followed: a host with one router has no use for them, an attacker has.
                _pool.Drop(packet, DropReason.IcmpUnknownType);
                break;
        }
    }

    // The reply is written over the request: type, checksum, and in front of it a fresh IP header.
    private void Answer(PacketBuffer packet, IcmpHeader request, in IpFacts facts, Instant now)
    {
        // RFC 1122 §3.2.2.6: a request to a broadcast or multicast address "MAY be silently discarded".
        if (!_host.Options.AnswersEcho || !facts.IsUnicast)
        {
            _pool.Drop(packet, DropReason.IcmpEchoRefused);
            return;
        }

        if (_host.FindPath(facts.Source, facts.Destination) is not { } path)
        {
            _pool.Drop(packet, DropReason.NoRoute);
            return;
        }

        byte code = request.Code;
        ushort checksum = InternetChecksum.Update(
            request.Checksum, (ushort)(((byte)IcmpType.EchoRequest << 8) | code), (ushort)(((byte)IcmpType.EchoReply << 8) | code));
        Span<byte> reply = packet.Span;
        reply[0] = (byte)IcmpType.EchoReply;
        BinaryPrimitives.WriteUInt16BigEndian(reply[IcmpHeader.ChecksumOffset..], checksum);
        packet.Checksum = ChecksumState.None;
        packet.Gso = GsoType.None;
        _counters.Increment(Counter.FramesDelivered);
        _counters.Increment(Counter.IcmpEchoesAnswered);
        IpSendOptions options = new(facts.TrafficClass, AllowFragmentation: true, MayBeFragmentedOnTheWay: true);
        _host.Transmit(packet, path, IpProtocol.Icmp, options, now);
    }

    private void ReceiveError(PacketBuffer packet, in IpFacts facts, Instant now)
    {
        if (!packet.TryPullUp(IcmpHeader.LengthBytes + Ipv4Header.MaximumLengthBytes + MinimumQuoteBytes)
            || !IcmpHeader.TryParse(packet.Span, out IcmpHeader header)
            || !Ipv4Header.TryParseQuote(packet.Span[IcmpHeader.LengthBytes..], out Ipv4Header quoted)
            || packet.Length < IcmpHeader.LengthBytes + quoted.LengthBytes + MinimumQuoteBytes)
        {
            _pool.Drop(packet, DropReason.IcmpTooShort);
            return;
        }

        if (IcmpErrorCode.ToKind(header.Type, header.Code) is not { } kind)
        {
            _pool.Drop(packet, DropReason.IcmpUnknownType);
            return;
        }

        IcmpError error = new(
            kind, new IpAddress(quoted.Source), new IpAddress(quoted.Destination), facts.Source,
            kind == IcmpErrorKind.PacketTooBig ? header.NextHopMtuBytes : 0);
        ITransportProtocol? transport = quoted.Protocol == IpProtocol.Icmp ? Echo : _host.FindTransport(quoted.Protocol);
        if (transport is null || !facts.IsUnicast || !_host.IsLocal(error.Source) || quoted.FragmentOffsetBytes != 0)
        {
            _pool.Drop(packet, DropReason.IcmpUnmatched);
            return;
        }

        // RFC 1191 §4: the MTU is "the size in octets of the largest datagram that could be forwarded". What is no larger was
        // not too big for it.
        int mtuBytes = IpHost.ToldMtuBytes(error.MtuBytes, quoted.TotalLengthBytes);
        if (kind == IcmpErrorKind.PacketTooBig && mtuBytes >= quoted.TotalLengthBytes)
        {
            _pool.Drop(packet, DropReason.IcmpBadMtu);
            return;
        }

        // One path serves all connections to a host: what is told of it counts only where the transport knows the packet,
        // or else anybody could slow all of them down without knowing one.
        if (!transport.ErrorReceived(error, packet.Span[(IcmpHeader.LengthBytes + quoted.LengthBytes)..], now))
        {
            _pool.Drop(packet, DropReason.IcmpUnmatched);
            return;
        }

        if (kind == IcmpErrorKind.PacketTooBig)
        {
            _host.ReducePathMtu(error, mtuBytes, now);
        }

        _counters.Increment(Counter.FramesDelivered);
        _pool.Return(packet);
    }
}
