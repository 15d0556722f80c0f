using System.Diagnostics.CodeAnalysis;
using NetStack.Core;

namespace NetStack.IP;

// Which endpoints have something to tell, and which wait for room.
public sealed partial class UdpDemultiplexer
{
    /// <summary>The waiting endpoints looked at in one call: the rest have their turn in the next.</summary>
    private const int UnblockedAtATime = 16;

    private UdpEndpoint? _firstActive;
    private UdpEndpoint? _lastActive;
    private UdpEndpoint? _firstBlocked;
    private UdpEndpoint? _lastBlocked;

    /// <summary>Whether endpoints wait for <see cref="TryTakeActive"/>.</summary>
    public bool HasActive => _firstActive is not null;

    /// <summary>Takes the next endpoint that became readable or writable, or got an error, since it was last taken.</summary>
    public bool TryTakeActive([NotNullWhen(true)] out UdpEndpoint? endpoint)
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

    /// <summary>Datagrams are sent as they are made; here those who found no room are told that there is some again.</summary>
    /// <returns>Always false: no packet was sent.</returns>
    public bool TryTransmit(Instant now)
    {
        UdpEndpoint? last = _lastBlocked;
        for (int i = 0; i < UnblockedAtATime && _firstBlocked is { } endpoint; i++)
        {
            _firstBlocked = endpoint.BlockedNext;
            _lastBlocked = _firstBlocked is null ? null : _lastBlocked;
            endpoint.BlockedNext = null;
            IpPath path = endpoint.BlockedPath!;
            endpoint.BlockedPath = null;
            if (!endpoint.IsClosed && !_host.HasRoom(path))
            {
                Block(endpoint, path);
            }
            else if (!endpoint.IsClosed)
            {
                endpoint.Signal(UdpEvents.Writable);
            }

            if (endpoint == last)
            {
                break;
            }
        }

        return false;
    }

    /// <summary>An endpoint found no room.</summary>
    internal void Block(UdpEndpoint endpoint, IpPath path)
    {
        if (endpoint.BlockedPath is not null)
        {
            return;
        }

        endpoint.BlockedPath = path;
        if (_lastBlocked is null)
        {
            _firstBlocked = endpoint;
        }
        else
        {
            _lastBlocked.BlockedNext = endpoint;
        }

        _lastBlocked = endpoint;
    }

    internal void Activate(UdpEndpoint endpoint)
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
