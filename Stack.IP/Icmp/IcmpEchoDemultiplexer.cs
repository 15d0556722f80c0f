using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>Hands echo replies to the endpoints that asked.</summary>
public sealed class IcmpEchoDemultiplexer : ITransportProtocol
{
    private readonly IpHost _host;
    private readonly Dictionary<ushort, IcmpEchoEndpoint> _endpoints = [];
    private IcmpEchoEndpoint? _firstActive;
    private IcmpEchoEndpoint? _lastActive;

    internal IcmpEchoDemultiplexer(IpHost host) => _host = host;

    /// <summary>Whether endpoints wait for <see cref="TryTakeActive"/>.</summary>
    public bool HasActive => _firstActive is not null;

    /// <summary>Opens an endpoint.</summary>
    /// <param name="identifier">The identifier wanted; null for a random one.</param>
    /// <returns>The endpoint; null where the identifier, or every one, is in use.</returns>
    public IcmpEchoEndpoint? Open(ushort? identifier = null)
    {
        if ((identifier ?? FindFreeIdentifier()) is not { } free || _endpoints.ContainsKey(free))
        {
            return null;
        }

        IcmpEchoEndpoint endpoint = new(this, _host, free);
        _endpoints.Add(free, endpoint);
        return endpoint;
    }

    /// <summary>Takes the next endpoint to which something came since it was last taken.</summary>
    public bool TryTakeActive([NotNullWhen(true)] out IcmpEchoEndpoint? endpoint)
    {
        while ((endpoint = _firstActive) is not null)
        {
            _firstActive = endpoint.ActiveNext;
            _lastActive = _firstActive is null ? null : _lastActive;
            endpoint.ActiveNext = null;
            endpoint.IsActive = false;
            if (!endpoint.IsClosed)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Echo replies come by <see cref="IcmpV4"/>, which knows their header: this is not called.</summary>
    void ITransportProtocol.Receive(PacketBuffer packet, in IpFacts facts, Instant now) =>
        _host.Pool.Drop(packet, DropReason.IcmpEchoUnmatched);

    /// <inheritdoc/>
    /// <remarks>Of the requests alone: that a reply was sent nobody remembers, so that anybody could claim it.</remarks>
    bool ITransportProtocol.ErrorReceived(in IcmpError error, ReadOnlySpan<byte> quote, Instant now)
    {
        if (!IcmpHeader.TryParse(quote, out IcmpHeader request)
            || request.Type != IcmpType.EchoRequest
            || !_endpoints.TryGetValue(request.Identifier, out IcmpEchoEndpoint? endpoint))
        {
            return false;
        }

        if (endpoint.TryAppend(new IcmpEchoEvent(error.Reporter, error.Destination, request.Sequence, null, 0, now, error.Kind)))
        {
            Activate(endpoint);
        }

        return true;
    }

    /// <summary>Requests are sent as they are made: there is never one to pull.</summary>
    bool ITransportProtocol.TryTransmit(Instant now) => false;

    /// <summary>A reply has arrived, its ICMP header still before its data. Takes the ownership.</summary>
    internal void Receive(PacketBuffer packet, ushort identifier, ushort sequence, in IpFacts facts, Instant now)
    {
        if (!_endpoints.TryGetValue(identifier, out IcmpEchoEndpoint? endpoint))
        {
            _host.Pool.Drop(packet, DropReason.IcmpEchoUnmatched);
            return;
        }

        packet.RemoveFront(IcmpHeader.LengthBytes);
        if (!endpoint.TryAppend(new IcmpEchoEvent(facts.Source, facts.Destination, sequence, packet, facts.HopLimit, now, null)))
        {
            _host.Pool.Drop(packet, DropReason.IcmpEchoQueueFull);
            return;
        }

        _host.Counters.Increment(Counter.FramesDelivered);
        Activate(endpoint);
    }

    internal void Remove(IcmpEchoEndpoint endpoint) => _endpoints.Remove(endpoint.Identifier);

    private ushort? FindFreeIdentifier()
    {
        ushort candidate = _host.Entropy.NextUInt16();
        for (int i = 0; i <= ushort.MaxValue; i++, candidate++)
        {
            if (!_endpoints.ContainsKey(candidate) && _host.Shard?.OwnsEcho(candidate) != false)
            {
                return candidate;
            }
        }

        return null;
    }

    private void Activate(IcmpEchoEndpoint endpoint)
    {
        if (endpoint.IsActive)
        {
            return;
        }

        endpoint.IsActive = true;
        if (_lastActive is null)
        {
            _firstActive = endpoint;
        }
        else
        {
            _lastActive.ActiveNext = endpoint;
        }

        _lastActive = endpoint;
    }
}
