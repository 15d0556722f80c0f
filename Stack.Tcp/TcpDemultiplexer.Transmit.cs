using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

// What goes down: one segment a pull, from the connections in turn; and segments on behalf of no connection.
public sealed partial class TcpDemultiplexer
{
    /// <summary>How many connections that find no room are passed over in one pull.</summary>
    private const int BlockedTries = 16;

    private static readonly Duration _retryDelay = Duration.FromMilliseconds(5);

    private readonly TransmitRetry _retry;
    private TcpConnection? _firstReady;
    private TcpConnection? _lastReady;
    private RateLimit _strayResets;

    /// <inheritdoc/>
    public bool TryTransmit(Instant now)
    {
        if (TryTransmitReset(now))
        {
            return true;
        }

        int blocked = 0;
        while (_firstReady is { } connection)
        {
            switch (connection.TryTransmit(now))
            {
                case TransmitOutcome.Sent:
                    MoveReadyToEnd(connection);
                    return true;
                case TransmitOutcome.Idle:
                    RemoveFirstReady(connection);
                    break;
                default:
                    MoveReadyToEnd(connection);
                    if (++blocked == BlockedTries || _firstReady == connection)
                    {
                        RetryLater(now);
                        return false;
                    }

                    break;
            }
        }

        return false;
    }

    /// <summary>The flights of all connections.</summary>
    internal FlightStore Flights { get; }

    internal Flight RentFlight() => Flights.Rent();

    internal void Return(Flight flight) => Flights.Return(flight);

    /// <summary>Lists a connection as one that may have something to send.</summary>
    internal void AddReady(TcpConnection connection)
    {
        if (connection.IsReady)
        {
            return;
        }

        connection.IsReady = true;
        if (_lastReady is null)
        {
            _firstReady = connection;
        }
        else
        {
            _lastReady.NextReady = connection;
        }

        _lastReady = connection;
    }

    /// <summary>Answers a segment that belongs to no connection, or to none that it fits.</summary>
    /// <remarks>RFC 9293 §3.10.7.1; §3.5.2.</remarks>
    internal void SendReset(in IpEndPoint local, in IpEndPoint remote, in Segment segment, Instant now)
    {
        if (segment.IsAcknowledgment)
        {
            SendControl(local, remote, new ControlSegment(segment.Acknowledgment, default, TcpFlags.Reset), now);
        }
        else
        {
            SendControl(
                local, remote, new ControlSegment(default, segment.End, TcpFlags.Reset | TcpFlags.Acknowledgment), now);
        }
    }

    /// <summary>Sends a segment without payload at once, or not at all where there is no way or no room: the peer will ask again.</summary>
    internal void SendControl(in IpEndPoint local, in IpEndPoint remote, in ControlSegment segment, Instant now) =>
        TrySendControl(local, remote, segment, now);

    /// <returns>False where there is no room for now. Where there is no way to the peer nothing is left to be done.</returns>
    private bool TrySendControl(in IpEndPoint local, in IpEndPoint remote, in ControlSegment segment, Instant now)
    {
        if (Host.FindPath(remote.Address, local.Address) is not { } path)
        {
            return true;
        }

        if (!Host.HasRoom(path) || Host.Pool.TryLease() is not { } packet)
        {
            return false;
        }

        int optionBytes = segment.HasTimestamps ? SegmentOptions.PaddedTimestampsLengthBytes : 0;
        Span<byte> header = packet.Extend(TcpHeader.MinimumLengthBytes + optionBytes);
        WriteHeader(header, local, remote, segment);
        if (segment.HasTimestamps)
        {
            SegmentOptions.WriteTimestamps(
                header[TcpHeader.MinimumLengthBytes..], segment.TimestampValue, segment.TimestampEcho);
        }

        if ((segment.Flags & TcpFlags.Reset) != 0)
        {
            Host.Counters.Increment(Counter.TcpResetsTransmitted);
        }

        EmitControl(packet, local, remote, path, segment.TrafficClass, now);
        return true;
    }

    /// <summary>Sends a segment with options of a SYN, at once or not at all.</summary>
    internal void SendWithOptions(
        in IpEndPoint local,
        in IpEndPoint remote,
        in ControlSegment segment,
        in SegmentOptions options,
        IpPath path,
        Instant now)
    {
        if (!Host.HasRoom(path) || Host.Pool.TryLease() is not { } packet)
        {
            return;
        }

        Span<byte> header = packet.Extend(TcpHeader.MinimumLengthBytes + options.SynLengthBytes);
        WriteHeader(header, local, remote, segment);
        options.WriteSyn(header[TcpHeader.MinimumLengthBytes..]);
        EmitControl(packet, local, remote, path, segment.TrafficClass, now);
    }

    private static void WriteHeader(
        Span<byte> header, in IpEndPoint local, in IpEndPoint remote, in ControlSegment segment) => TcpHeader.Write(
        header, local.Port, remote.Port, segment.Sequence, segment.Acknowledgment, segment.Flags, segment.Window);

    private void EmitControl(
        PacketBuffer packet, in IpEndPoint local, in IpEndPoint remote, IpPath path, byte trafficClass, Instant now)
    {
        SegmentChecksum.Fill(packet, local.Address, remote.Address, 0, 0);
        Host.Counters.Increment(Counter.TcpSegmentsTransmitted);
        Host.Transmit(packet, path, IpProtocol.Tcp, new IpSendOptions(trafficClass), now);
    }

    private void RemoveFirstReady(TcpConnection connection)
    {
        _firstReady = connection.NextReady;
        if (_firstReady is null)
        {
            _lastReady = null;
        }

        connection.NextReady = null;
        connection.IsReady = false;
    }

    private void MoveReadyToEnd(TcpConnection connection)
    {
        if (_firstReady != _lastReady)
        {
            RemoveFirstReady(connection);
            AddReady(connection);
        }
    }

    /// <summary>Where the pool is used up no event may come that brings the loop back: a timer does.</summary>
    private void RetryLater(Instant now)
    {
        if (!_retry.IsScheduled)
        {
            Host.Timers.Schedule(_retry, now + _retryDelay);
        }
    }
}
