using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>UDP of a host: hands datagrams to the endpoints bound to their ports.</summary>
/// <remarks>RFC 768, RFC 1122 §4.1.</remarks>
public sealed partial class UdpDemultiplexer : ITransportProtocol
{
    /// <summary>The lowest port given out at random.</summary>
    public const ushort FirstEphemeralPort = 32768;

    /// <summary>The room that the headers of a datagram take: UDP, IPv6, and Ethernet, rounded up.</summary>
    internal const int HeadroomBytes = 64;

    private const int EphemeralPorts = ushort.MaxValue - FirstEphemeralPort + 1;

    private readonly IpHost _host;
    private readonly PacketPool _pool;
    private readonly Counters _counters;
    private readonly SipHashKey _pairKey;
    private readonly Dictionary<ushort, UdpPort> _ports = [];
    private readonly Dictionary<UdpPair, UdpEndpoint> _pairs = [];

    // Who got the latest datagram, where no connected endpoint shares the port: the next one most often gets that, too.
    private UdpEndpoint? _latest;
    private IpAddress _latestAddress;
    private ushort _latestPort;

    internal UdpDemultiplexer(IpHost host)
    {
        _host = host;
        _pool = host.Pool;
        _counters = host.Counters;
        _pairKey = host.Entropy.Fork("udp").NextKey();
    }

    /// <summary>The endpoints that are open.</summary>
    public int EndpointCount { get; private set; }

    /// <summary>Opens an endpoint.</summary>
    /// <param name="local">An address of the host, or the unspecified address for all; port 0 for a random one.</param>
    /// <param name="options">How it starts out; the defaults where null.</param>
    /// <param name="error">Why there is none.</param>
    /// <remarks>RFC 6056 §3.3.1 (random ports).</remarks>
    public UdpEndpoint? Bind(IpEndPoint local, UdpOptions? options, out UdpError error)
    {
        options ??= UdpOptions.Default;
        if (!local.Address.IsAny && !_host.IsLocal(local.Address))
        {
            error = UdpError.AddressNotAvailable;
            return null;
        }

        if (local.Port == 0)
        {
            if (FindFreePort(local.Address, options) is not { } free)
            {
                error = UdpError.PortsExhausted;
                return null;
            }

            local = local with { Port = free };
        }
        else if (!Admits(local, options))
        {
            error = UdpError.AddressInUse;
            return null;
        }

        UdpEndpoint endpoint = new(this, _host, local, options);
        OpenPort(local.Port).Add(endpoint);
        EndpointCount++;
        error = UdpError.None;
        return endpoint;
    }

    /// <summary>All open endpoints.</summary>
    public IEnumerable<UdpEndpoint> List()
    {
        foreach (UdpPort port in _ports.Values)
        {
            for (UdpEndpoint? endpoint = port.First; endpoint is not null; endpoint = endpoint.PortNext)
            {
                yield return endpoint;
            }
        }

        foreach (UdpEndpoint endpoint in _pairs.Values)
        {
            yield return endpoint;
        }
    }

    /// <inheritdoc/>
    public void Receive(PacketBuffer packet, in IpFacts facts, Instant now)
    {
        if (!UdpHeader.TryParse(packet.Span, out UdpHeader header))
        {
            _pool.Drop(packet, DropReason.UdpTooShort);
            return;
        }

        int packetBytes = packet.Next is null ? packet.Length : packet.TotalLength;
        int lengthBytes = header.DatagramLengthBytes;
        if (lengthBytes < UdpHeader.LengthBytes || lengthBytes > packetBytes)
        {
            _pool.Drop(packet, DropReason.UdpBadLength);
            return;
        }

        if (lengthBytes < packetBytes)
        {
            packet.Truncate(lengthBytes);
        }

        if (packet.Checksum == ChecksumState.None && !IsIntact(packet, header, facts))
        {
            _pool.Drop(packet, DropReason.UdpBadChecksum);
            return;
        }

        if (header.DestinationPort == 0)
        {
            _pool.Drop(packet, DropReason.UdpBadPort);
            return;
        }

        UdpEndpoint? endpoint = header.DestinationPort == _latestPort && facts.Destination == _latestAddress ? _latest : null;
        endpoint ??= Find(facts, header);
        if (endpoint is null)
        {
            // RFC 1122 §4.1.3.1: "UDP SHOULD send an ICMP Port Unreachable message."
            _host.SendIcmpError(packet, IcmpErrorKind.PortUnreachable, facts, now);
            _pool.Drop(packet, DropReason.UdpNoSocket);
            return;
        }

        packet.RemoveFront(UdpHeader.LengthBytes);
        if (packet.Gso == GsoType.Udp && packet.GsoSizeBytes > 0 && packet.TotalLength > packet.GsoSizeBytes)
        {
            ReceiveSegments(packet, endpoint, facts, header.SourcePort, header.DestinationPort);
            return;
        }

        if (!endpoint.TryAppend(packet, facts, header.SourcePort, header.DestinationPort))
        {
            _pool.Drop(packet, DropReason.UdpQueueFull);
            return;
        }

        _counters.Increment(Counter.FramesDelivered);
        _counters.Increment(Counter.UdpDatagramsReceived);
    }

    /// <inheritdoc/>
    /// <remarks>RFC 1122 §4.1.3.3: errors are passed up. To connected endpoints only, which alone have but one peer.</remarks>
    public bool ErrorReceived(in IcmpError error, ReadOnlySpan<byte> quote, Instant now)
    {
        if (!UdpHeader.TryParse(quote, out UdpHeader header) || !_ports.TryGetValue(header.SourcePort, out UdpPort? port))
        {
            return false;
        }

        UdpPair pair = MakePair(new(error.Source, header.SourcePort), new(error.Destination, header.DestinationPort));
        if (!_pairs.TryGetValue(pair, out UdpEndpoint? endpoint))
        {
            // An endpoint without a peer keeps no list of those it sent to.
            return port.Find(error.Source) is { HasSent: true };
        }

        if (!endpoint.HasSent)
        {
            return false;
        }

        UdpError pending = error.Kind switch
        {
            IcmpErrorKind.PortUnreachable or IcmpErrorKind.ProtocolUnreachable => UdpError.ConnectionRefused,
            IcmpErrorKind.NetworkUnreachable => UdpError.NetworkUnreachable,
            IcmpErrorKind.Prohibited => UdpError.Prohibited,
            IcmpErrorKind.ParameterProblem => UdpError.ProtocolError,
            IcmpErrorKind.PacketTooBig => endpoint.DontFragment ? UdpError.MessageTooLong : UdpError.None,
            _ => UdpError.HostUnreachable,
        };
        if (pending != UdpError.None)
        {
            endpoint.ErrorReceived(pending);
        }

        return true;
    }

    internal void CountTransmitted() => _counters.Increment(Counter.UdpDatagramsTransmitted);

    /// <summary>Moves an endpoint from those of its port to the table of pairs.</summary>
    internal bool TryConnect(UdpEndpoint endpoint, IpEndPoint local, IpEndPoint remote)
    {
        UdpPair pair = MakePair(local, remote);
        if (_pairs.TryGetValue(pair, out UdpEndpoint? other) && other != endpoint)
        {
            return false;
        }

        Unlink(endpoint);
        endpoint.SetPeer(local, remote);
        UdpPort port = OpenPort(local.Port);
        port.ConnectedCount++;
        port.ExclusiveCount += endpoint.ReuseAddress ? 0 : 1;
        _pairs.Add(pair, endpoint);
        return true;
    }

    /// <summary>Moves an endpoint back.</summary>
    internal void Disconnect(UdpEndpoint endpoint)
    {
        Unlink(endpoint);
        endpoint.SetPeer(null, null);
        OpenPort(endpoint.LocalEndPoint.Port).Add(endpoint);
    }

    /// <summary>Closes an endpoint.</summary>
    internal void Remove(UdpEndpoint endpoint)
    {
        Unlink(endpoint);
        EndpointCount--;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsIntact(PacketBuffer packet, UdpHeader header, in IpFacts facts)
    {
        if (header.Checksum == 0)
        {
            // RFC 768: "An all zero transmitted checksum value means that the transmitter generated no checksum". Not so
            // in IPv6 (RFC 8200 §8.1).
            return facts.Source.IsIPv4;
        }

        uint lengthBytes = (uint)header.DatagramLengthBytes;
        ulong pseudo = facts.Source.IsIPv4
            ? InternetChecksum.PseudoHeader(facts.Source.ValueV4, facts.Destination.ValueV4, (byte)IpProtocol.Udp, lengthBytes)
            : InternetChecksum.PseudoHeader(
                facts.Source.High, facts.Source.Low, facts.Destination.High, facts.Destination.Low, (byte)IpProtocol.Udp, lengthBytes);
        return InternetChecksum.Fold(PacketChain.Sum(packet, pseudo)) == ushort.MaxValue;
    }

    private UdpEndpoint? Find(in IpFacts facts, UdpHeader header)
    {
        if (!_ports.TryGetValue(header.DestinationPort, out UdpPort? port))
        {
            return null;
        }

        if (port.ConnectedCount > 0)
        {
            UdpPair pair = MakePair(new(facts.Destination, header.DestinationPort), new(facts.Source, header.SourcePort));
            if (_pairs.TryGetValue(pair, out UdpEndpoint? connected))
            {
                return connected;
            }
        }

        UdpEndpoint? found = port.Find(facts.Destination);
        if (port.ConnectedCount == 0)
        {
            _latest = found;
            _latestAddress = facts.Destination;
            _latestPort = header.DestinationPort;
        }

        return found;
    }

    private bool Admits(IpEndPoint local, UdpOptions options) =>
        !_ports.TryGetValue(local.Port, out UdpPort? port) || port.Admits(local.Address, options.ReuseAddress, options.DualMode);

    private ushort? FindFreePort(IpAddress address, UdpOptions options)
    {
        int offset = _host.Entropy.Next(EphemeralPorts);
        for (int i = 0; i < EphemeralPorts; i++)
        {
            ushort candidate = (ushort)(FirstEphemeralPort + ((offset + i) % EphemeralPorts));
            if (_host.Shard?.OwnsUdp(candidate) != false
                && (!_ports.ContainsKey(candidate) || Admits(new IpEndPoint(address, candidate), options)))
            {
                return candidate;
            }
        }

        return null;
    }

    private UdpPort OpenPort(ushort number)
    {
        _latest = null;
        if (!_ports.TryGetValue(number, out UdpPort? port))
        {
            _ports.Add(number, port = new UdpPort());
        }

        return port;
    }

    private void Unlink(UdpEndpoint endpoint)
    {
        ushort number = endpoint.LocalEndPoint.Port;
        UdpPort port = _ports[number];
        _latest = null;
        if (endpoint.RemoteEndPoint is { } remote)
        {
            _pairs.Remove(MakePair(endpoint.LocalEndPoint, remote));
            port.ConnectedCount--;
            port.ExclusiveCount -= endpoint.ReuseAddress ? 0 : 1;
        }
        else
        {
            port.Remove(endpoint);
        }

        if (port.IsEmpty)
        {
            _ports.Remove(number);
        }
    }

    private UdpPair MakePair(in IpEndPoint local, in IpEndPoint remote) => new(local, remote, _pairKey);
}
