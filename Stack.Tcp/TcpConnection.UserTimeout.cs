using NetStack.Core;

namespace NetStack.Tcp;

// How long sent data may stay unacknowledged, by our owner and by the peer. RFC 5482, RFC 9293 §3.8.3.
public sealed partial class TcpConnection
{
    /// <summary>What is advertised where the owner has set no time-out: the default of RFC 9293 §3.9.1.1.</summary>
    private static readonly Duration _advertisedUserTimeout = Duration.FromSeconds(300);

    // L_LIMIT and U_LIMIT of RFC 5482 §3.1: below the lower one the connection would not outlive R2 of RFC 9293 §3.8.3,
    // beyond the upper one a peer that lies could hold our memory.
    private static readonly Duration _leastUserTimeout = Duration.FromSeconds(100);
    private static readonly Duration _greatestUserTimeout = Duration.FromSeconds(3_600);

    // The option of the peer as it came; 0 for none.
    private ushort _peerUserTimeout;

    /// <summary>
    /// How long sent data may stay unacknowledged before the connection fails; zero leaves it to the count of
    /// retransmissions. It is the owner's where the owner has set one, else it follows the peer's option.
    /// </summary>
    /// <remarks>RFC 5482 §3.1: USER_TIMEOUT = min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)).</remarks>
    public Duration UserTimeout
    {
        get
        {
            if (_options.UserTimeout > Duration.Zero || _peerUserTimeout == 0)
            {
                return _options.UserTimeout;
            }

            Duration remote = SegmentOptions.UserTimeoutOf(_peerUserTimeout);
            Duration wanted = Longer(_advertisedUserTimeout, Longer(remote, _leastUserTimeout));
            return wanted < _greatestUserTimeout ? wanted : _greatestUserTimeout;
        }
    }

    /// <summary>The option of our SYN or SYN,ACK; 0 for none.</summary>
    private ushort OurUserTimeout => !_options.UserTimeoutOption
        ? (ushort)0
        : SegmentOptions.UserTimeoutField(_options.UserTimeout > Duration.Zero ? _options.UserTimeout : _advertisedUserTimeout);

    private static Duration Longer(Duration left, Duration right) => left > right ? left : right;

    private void UserTimeoutArrives(in Segment segment)
    {
        if (segment.Options.UserTimeout != 0 && _options.UserTimeoutOption)
        {
            _peerUserTimeout = segment.Options.UserTimeout;
        }
    }

    /// <summary>Tells the peer of a time-out that the owner has changed.</summary>
    private void AdvertiseUserTimeout(Instant now)
    {
        if (OurUserTimeout == 0 || State is TcpState.SynSent or TcpState.SynReceived || !TryRefreshPath(now) || !_tcp.Host.HasRoom(_path!))
        {
            return;
        }

        TcpFlags flags = TcpFlags.Acknowledgment;
        MarkSegment(ref flags, hasPayload: false, isNewData: false);
        SegmentOptions options = new()
        {
            HasTimestamps = _usesTimestamps,
            TimestampValue = Timestamp(now),
            TimestampEcho = _timestampRecent,
            UserTimeout = OurUserTimeout,
        };
        _tcp.SendWithOptions(
            LocalEndPoint,
            RemoteEndPoint,
            new ControlSegment(_sendNext, _receiveNext, flags, OfferWindow(), TrafficClass: TrafficClass),
            options,
            _path!,
            now);
    }
}
