using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

// Time-outs: RFC 9293 §3.8.1, §3.8.3, §3.8.4, §3.8.6.1, §3.10.8; RFC 6298. One timer on the wheel stands for all deadlines.
public sealed partial class TcpConnection
{
    /// <summary>R1: after so many retransmissions of one segment in vain the path is doubted.</summary>
    /// <remarks>RFC 9293 §3.8.3: "The value of R1 SHOULD correspond to at least 3 retransmissions, at the current RTO".</remarks>
    private const int FirstThreshold = 3;

    // Of the retransmission timer, or of the next window probe.
    private Instant _retransmitDeadline = Instant.Never;

    // Of the next keep-alive probe, or of the end of an orphan's FIN-WAIT-2.
    private Instant _idleDeadline = Instant.Never;

    // Since when data has been on its way without any of it being acknowledged.
    private Instant _unansweredSince;
    private byte _retries;
    private byte _keepAliveProbes;
    private bool _isPersisting;

    /// <inheritdoc/>
    protected override void TimerExpired(Instant now)
    {
        if (now >= _acknowledgmentDeadline)
        {
            _acknowledgmentDeadline = Instant.Never;
            AcknowledgeNow();
        }

        if (_flight is { } flight && now >= flight.Deadline)
        {
            FlightTimerExpired(flight, now);
        }

        if (now >= _retransmitDeadline)
        {
            RetransmissionTimerExpired(now);
        }

        if (now >= _idleDeadline && State != TcpState.Closed)
        {
            IdleTimerExpired(now);
        }

        if (now >= ReassemblyDeadline)
        {
            ExpireReassembly(now);
        }

        if (State != TcpState.Closed)
        {
            ScheduleTimer();
        }

        CheckInvariants();
    }

    /// <summary>Makes sure that the timer expires by the earliest deadline. It may expire before: then it only looks again.</summary>
    private void ScheduleTimer()
    {
        Instant earliest = Instant.Min(
            Instant.Min(_retransmitDeadline, _acknowledgmentDeadline), Instant.Min(_idleDeadline, ReassemblyDeadline));
        earliest = _flight is { } flight ? Instant.Min(earliest, flight.Deadline) : earliest;
        if (earliest < Deadline)
        {
            _tcp.Host.Timers.Schedule(this, earliest);
        }
    }

    /// <remarks>RFC 6298 §5.1, §5.3.</remarks>
    private void StartRetransmissionTimer(Instant now)
    {
        if (_isPersisting || _retransmitDeadline == Instant.Never || _retries == 0)
        {
            _unansweredSince = now;
        }

        if (_isPersisting)
        {
            _isPersisting = false;
            _retries = 0;
            _rtt.ResetBackoff();
        }

        SetRetransmitDeadline(now);
    }

    private void SetRetransmitDeadline(Instant now)
    {
        _retransmitDeadline = now + _rtt.Timeout(_options);
        if (UserTimeout > Duration.Zero)
        {
            _retransmitDeadline = Instant.Max(Instant.Min(_retransmitDeadline, _unansweredSince + UserTimeout), now);
        }

        ScheduleTimer();
    }

    /// <remarks>RFC 6298 §5.2.</remarks>
    private void StopRetransmissionTimer()
    {
        _retransmitDeadline = Instant.Never;
        _isPersisting = false;
        _pending &= ~PendingOutput.WindowProbe;
    }

    /// <summary>Data waits for the peer's window, and nothing is on its way that would bring news of it: probes will.</summary>
    /// <remarks>RFC 9293 §3.8.6.1: "The sending host SHOULD send the first zero-window probe when a zero window has existed for the retransmission timeout period".</remarks>
    private void WaitForWindow(Instant now)
    {
        if (_sendNext == _sendUnacknowledged && _retransmitDeadline == Instant.Never)
        {
            _isPersisting = true;
            _retries = 0;
            _unansweredSince = now;
            SetRetransmitDeadline(now);
        }
    }

    private void RetransmissionTimerExpired(Instant now)
    {
        _retransmitDeadline = Instant.Never;
        if (_congestion is not null && !_isPersisting && _sendNext == _sendUnacknowledged && TryRefreshPath(now))
        {
            // The timer only waited for a way to the peer, and there is one again.
            _retries = 0;
            MarkReady();
            return;
        }

        _retries = (byte)Math.Min(_retries + 1, byte.MaxValue);
        if (_isPersisting ? IsGivenUpProbing(now) : IsGivenUp(now))
        {
            Terminate(_softError == TcpError.None ? TcpError.TimedOut : _softError);
            return;
        }

        if (_retries == FirstThreshold + 1)
        {
            DoubtPath(now);
        }

        _rtt.BackOff();
        if (_isPersisting)
        {
            _pending |= PendingOutput.WindowProbe;
        }
        else if (State is TcpState.SynSent or TcpState.SynReceived)
        {
            _pending |= PendingOutput.Synchronize;
        }
        else if (_flight is { } flight)
        {
            EnterTimeout(flight, now);
        }

        SetRetransmitDeadline(now);
        MarkReady();
    }

    /// <summary>A deadline of what is on its way has come: the pace, a suspected loss, or the tail.</summary>
    private void FlightTimerExpired(Flight flight, Instant now)
    {
        if (now >= flight.PaceDeadline)
        {
            flight.PaceDeadline = Instant.Never;
            MarkReady();
        }

        if (now >= flight.ReorderingDeadline)
        {
            long lostBytes = 0;
            DetectLosses(flight, ref lostBytes, now);
            if (lostBytes > 0 && _phase is RecoveryPhase.None or RecoveryPhase.Reduction)
            {
                EnterRecovery(flight, now);
            }

            MarkReady();
        }

        if (now >= flight.ProbeDeadline)
        {
            ProbeTimerExpired(flight, now);
        }
    }

    /// <summary>Whether it has been tried often or long enough: R2, or the user's time-out.</summary>
    /// <remarks>RFC 9293 §3.8.3; RFC 5482.</remarks>
    private bool IsGivenUp(Instant now)
    {
        if (State == TcpState.SynSent)
        {
            return _retries > _options.SynRetries || IsUserTimeout(now);
        }

        if (State == TcpState.SynReceived)
        {
            return _retries > _options.SynAckRetries;
        }

        if (IsOrphan && _retries > _tcp.Options.OrphanRetries)
        {
            return true;
        }

        return UserTimeout > Duration.Zero ? IsUserTimeout(now) : _retries > _options.Retries;
    }

    private bool IsUserTimeout(Instant now) =>
        UserTimeout > Duration.Zero && now - _unansweredSince >= UserTimeout;

    /// <summary>Probes go on as long as the peer answers; an orphan's do not, for nobody waits.</summary>
    private bool IsGivenUpProbing(Instant now) => IsOrphan
        ? _retries > _tcp.Options.OrphanRetries
        : UserTimeout > Duration.Zero ? IsUserTimeout(now) : _retries > _options.Retries;

    private void IdleTimerExpired(Instant now)
    {
        _idleDeadline = Instant.Never;
        if (State == TcpState.FinWait2 && IsOrphan)
        {
            Terminate(TcpError.TimedOut);
            return;
        }

        if (!_options.KeepAlive || State is TcpState.SynSent or TcpState.SynReceived)
        {
            return;
        }

        if (_sendNext != _sendUnacknowledged || _isPersisting)
        {
            // Retransmissions and window probes ask the same question.
            _idleDeadline = now + _options.KeepAliveTime;
            return;
        }

        Instant probeAt = _lastArrival + _options.KeepAliveTime;
        if (now < probeAt)
        {
            _keepAliveProbes = 0;
            _idleDeadline = probeAt;
            return;
        }

        if (_keepAliveProbes >= _options.KeepAliveProbes)
        {
            SendReset(now);
            Terminate(_softError == TcpError.None ? TcpError.TimedOut : _softError);
            return;
        }

        _keepAliveProbes++;
        _pending |= PendingOutput.KeepAlive;
        _idleDeadline = now + _options.KeepAliveInterval;
        MarkReady();
    }

    private void StartKeepAlive(Instant now)
    {
        _keepAliveProbes = 0;
        if (IsOrphan)
        {
            return;
        }

        _idleDeadline = _options.KeepAlive ? now + _options.KeepAliveTime : Instant.Never;
        ScheduleTimer();
    }

    private void StartFinWait2Timer(Instant now)
    {
        _idleDeadline = now + _tcp.Options.FinWait2Timeout;
        ScheduleTimer();
    }

    /// <summary>An ICMP error quotes a segment of this connection.</summary>
    /// <returns>Whether the segment is on its way. Whoever cannot see the connection does not know its sequence numbers.</returns>
    /// <remarks>RFC 5927 §4.1 (the sequence check), §5.2 (hard errors are soft in synchronized states), §7 (PMTUD); RFC 1122 §4.2.3.9.</remarks>
    internal bool ErrorReceived(in IcmpError error, SequenceNumber quoted)
    {
        // RFC 5927 §4.1: "SND.UNA =< SEG.SEQ < SND.NXT". What is acknowledged has met no narrow place.
        if (quoted < _sendUnacknowledged || quoted >= _sendMaximum)
        {
            return false;
        }

        if (error.Kind == IcmpErrorKind.PacketTooBig)
        {
            TooBigReceived();
            return true;
        }

        TcpError softError = error.Kind switch
        {
            IcmpErrorKind.PortUnreachable or IcmpErrorKind.ProtocolUnreachable => TcpError.ConnectionRefused,
            IcmpErrorKind.NetworkUnreachable => TcpError.NetworkUnreachable,
            _ => TcpError.HostUnreachable,
        };

        // RFC 5461: a request to connect ends on soft errors too, "non-standard, but widely implemented", so that whoever has
        // another address to try need not wait for all SYNs. A fragment that was lost is a loss like others.
        if (State == TcpState.SynSent && error.Kind != IcmpErrorKind.ReassemblyTimeExceeded)
        {
            Terminate(softError);
            return true;
        }

        ReportSoftError(softError);
        return true;
    }

    /// <summary>A segment was too big for the path, whose MTU will be smaller by the next time that something is to be sent.</summary>
    private void TooBigReceived()
    {
        if (State == TcpState.SynSent)
        {
            FastOpenIsTooBig();
        }
        else
        {
            MarkReady();
        }
    }

    /// <summary>R1 is reached: IP is to look after a next hop that has not been heard of since the last try, and the owner may want to know.</summary>
    /// <remarks>RFC 9293 §3.8.3 (b) and (e).</remarks>
    private void DoubtPath(Instant now)
    {
        _path?.DoubtReachability(now - _rtt.Timeout(_options), now);
        ReportSoftError(_softError == TcpError.None ? TcpError.TimedOut : _softError);
    }

    private void ReportSoftError(TcpError error)
    {
        _softError = error;
        Raise(TcpEvents.SoftError);
    }
}
