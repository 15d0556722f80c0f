using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

// The handshake: one step for what both sides' states are now.
internal sealed partial class NetfrontLink
{
    private bool _isReconfigured;

    private void Step(Instant now)
    {
        string? backendPath = _store.Read($"{_path}/backend");
        XenbusState? own = ReadState($"{_path}/state");
        XenbusState? other = backendPath is null ? null : ReadState($"{backendPath}/state");
        bool isElsewhere = backendPath is not null && backendPath != _backendPath;
        if (isElsewhere)
        {
            FollowBackend(backendPath!);
        }

        bool wasReset = own is not null && WasReset();
        Life += wasReset ? 1 : 0;
        var reported = (NetfrontFault)Interlocked.Exchange(ref _reported, (int)NetfrontFault.None);
        if (reported != NetfrontFault.None)
        {
            Volatile.Write(ref _fault, (int)reported);
            HoldOff(now);
        }

        switch (_phase)
        {
            case LinkPhase.Waiting:
                StepWaiting(own, other, now);
                break;
            case LinkPhase.Attaching or LinkPhase.Announced or LinkPhase.Connected:
                StepAttached(own, isElsewhere ? null : other, wasReset, reported, now);
                break;
            case LinkPhase.Closing when other is not (XenbusState.Connected or XenbusState.Reconfigured) || now >= _closeBy:
                Detach();
                break;
            case LinkPhase.Detaching when HaveAllFollowed():
                StepDetached(own);
                break;
        }
    }

    private void StepWaiting(XenbusState? own, XenbusState? other, Instant now)
    {
        if (Volatile.Read(ref _isClosing))
        {
            _phase = LinkPhase.Closed;
        }
        else if (!_isHeld && TryPrepare(own, other))
        {
            if (!_features.Covers(Features))
            {
                Volatile.Write(ref _fault, (int)NetfrontFault.FeatureLost);
                HoldOff(now);
                return;
            }

            Attach();
        }
    }

    /// <summary>Brings both sides to where rings can be announced.</summary>
    /// <returns>Whether they are there.</returns>
    private bool TryPrepare(XenbusState? own, XenbusState? other)
    {
        if (own is null || other is null)
        {
            return false;
        }

        switch (other)
        {
            case XenbusState.InitWait:
                // A backend that was started anew under our feet sees no change where our state stays what it was.
                if (own != XenbusState.Initialising)
                {
                    SwitchState(XenbusState.Initialising);
                }

                return TryReadBackend();
            case XenbusState.Closed or XenbusState.Unknown or XenbusState.Initialising:
                // It starts again when we do, unless it is about to be taken away.
                if (own != XenbusState.Initialising && _store.Read($"{_backendPath}/online") != "0")
                {
                    SwitchState(XenbusState.Initialising);
                }

                return false;
            case XenbusState.Closing:
                SwitchStateFrom(own, XenbusState.Closed);
                return false;
            default:
                // It holds on to rings of somebody before us, who did not take leave.
                SwitchStateFrom(own, XenbusState.Closing);
                return false;
        }
    }

    private void StepAttached(XenbusState? own, XenbusState? other, bool wasReset, NetfrontFault reported, Instant now)
    {
        XenbusState expected = _phase == LinkPhase.Attaching ? XenbusState.Initialising : XenbusState.Connected;
        if (reported != NetfrontFault.None)
        {
            Detach();
        }
        else if (wasReset || (own is not null && own != expected && own != XenbusState.Reconfiguring))
        {
            _hasResumed = true;
            Detach();
        }
        else if (own is null || !IsGoodFor(_phase, other))
        {
            Detach();
        }
        else if (Volatile.Read(ref _isClosing))
        {
            BeginClosing(now);
        }
        else if (_phase == LinkPhase.Attaching && HaveAllFollowed())
        {
            Announce();
            _phase = LinkPhase.Announced;
        }
        else if (_phase == LinkPhase.Announced && other == XenbusState.Connected)
        {
            Volatile.Write(ref _fault, (int)NetfrontFault.None);
            Volatile.Write(ref _failure, null);
            _phase = LinkPhase.Connected;
            _upGeneration = _generation;
            _isReconfigured = !_features.Headroom;
            WakeQueues();
        }
        else if (_phase == LinkPhase.Connected)
        {
            StepConnected(own, other);
        }
    }

    private void StepConnected(XenbusState? own, XenbusState? other)
    {
        if (!_isReconfigured)
        {
            // Linux's backend reads of the room that we want when it is told to look, and not when it connects.
            _isReconfigured = true;
            SwitchState(XenbusState.Reconfiguring);
        }
        else if (own == XenbusState.Reconfiguring && other == XenbusState.Reconfigured)
        {
            SwitchState(XenbusState.Connected);
        }

        if (Groups.IsOn != _isFiltering && _features.DynamicMulticastControl)
        {
            _isFiltering = Groups.IsOn;
            _store.Write($"{_path}/request-multicast-control", _isFiltering ? On : Off);
        }
    }

    private static bool IsGoodFor(LinkPhase phase, XenbusState? other) => phase switch
    {
        LinkPhase.Attaching => other == XenbusState.InitWait,
        LinkPhase.Announced => other is XenbusState.InitWait or XenbusState.Initialised or XenbusState.Connected,
        _ => other is XenbusState.Connected or XenbusState.Reconfiguring or XenbusState.Reconfigured,
    };

    private void BeginClosing(Instant now)
    {
        if (_phase != LinkPhase.Connected)
        {
            Detach();
            return;
        }

        // What is on the ring goes out first: the backend is told when it has answered all, or takes too long.
        if (!HasOutstanding() || (_closeBy != default && now >= _closeBy))
        {
            SwitchState(XenbusState.Closing);
            _phase = LinkPhase.Closing;
            _closeBy = now + CloseGrace;
        }
        else if (_closeBy == default)
        {
            _closeBy = now + CloseGrace;
        }
    }

    private void StepDetached(XenbusState? own)
    {
        // After a suspend both sides are at the beginning already.
        if (!_hasResumed && own is not null)
        {
            SwitchStateFrom(own, XenbusState.Closed);
        }

        _hasResumed = false;
        _phase = Volatile.Read(ref _isClosing) ? LinkPhase.Closed : LinkPhase.Waiting;
    }

    private bool HasOutstanding()
    {
        foreach (NetfrontDevice queue in _queues)
        {
            if (queue.HasOutstanding)
            {
                return true;
            }
        }

        return false;
    }
}
