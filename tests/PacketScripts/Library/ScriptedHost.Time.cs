using NetStack.Core;

namespace NetStack.PacketScripts;

// The clock, and the calls that move it or wait for it.
internal sealed partial class ScriptedHost
{
    /// <summary>What reading a clock that stands still moves it by, so that a reader that waits gets there.</summary>
    private static readonly Duration _readingStep = Duration.FromMicroseconds(1);

    /// <summary>How far the clock is moved in search of the next packet: beyond a keep-alive time of two hours.</summary>
    private static readonly Duration _receiveLimit = Duration.FromSeconds(3 * 3600);

    /// <summary>How long nothing must have called before a call that waits moves the clock itself.</summary>
    private const int IdleMilliseconds = 500;

    private readonly List<BlockedCall> _blocked = [];
    private readonly int _driver;
    private Instant _nextDeadline = Instant.Never;
    private long _activity;

    // When the call of this thread that had waited was done: what the thread sees when it looks at the clock next.
    [ThreadStatic]
    private static Instant? _doneAt;

    /// <summary>The time, for whoever asks.</summary>
    public Instant Read()
    {
        if (_doneAt is { } done)
        {
            _doneAt = null;
            return done;
        }

        lock (_gate)
        {
            if (!Clock.IsReal)
            {
                Clock.MoveTo(Now + _readingStep);
            }

            _activity++;
            CatchUp();
            return Now;
        }
    }

    /// <summary>Lets time pass, with a turn at every deadline on the way.</summary>
    public long Sleep(Duration time)
    {
        lock (_gate)
        {
            _activity++;
            Instant end = Now + time;
            while (Clock.IsReal && Now < end)
            {
                WaitForHost(end);
            }

            PassTo(end);
            return 0;
        }
    }

    /// <summary>The next packet that leaves. Time passes until there is one.</summary>
    /// <returns>False where there is none within the limit.</returns>
    public bool TryReceive(out SentPacket packet)
    {
        lock (_gate)
        {
            _activity++;
            CatchUp();
            Instant end = Now + _receiveLimit;
            while (_wire.SentCount == 0 && _nextDeadline <= end)
            {
                if (Clock.IsReal)
                {
                    WaitForHost(_nextDeadline);
                }
                else
                {
                    JumpToDeadline();
                }
            }

            return _wire.TryTake(out packet);
        }
    }

    /// <summary>Makes a call that may have to wait.</summary>
    /// <param name="mayWait">Whether it may; otherwise it answers <paramref name="wouldWait"/>.</param>
    /// <param name="wouldWait">The answer of a call that may not wait, and of one that has waited until its deadline.</param>
    /// <param name="deadline">How long it waits.</param>
    /// <param name="attempt">The call: answers <see cref="BlockedCall.Waits"/> where it has to wait.</param>
    public long Call(bool mayWait, long wouldWait, Instant deadline, Func<long> attempt)
    {
        lock (_gate)
        {
            _activity++;
            CatchUp();
            long result = attempt();
            Turn();
            if (result != BlockedCall.Waits)
            {
                return result;
            }

            if (!mayWait || Now >= deadline)
            {
                return wouldWait;
            }

            BlockedCall call = new(attempt, deadline, wouldWait);
            _blocked.Add(call);
            _nextDeadline = Instant.Min(_nextDeadline, deadline);
            Wait(call);
            _blocked.Remove(call);
            return call.IsDone ? call.Result : -LinuxError.Deadlock;
        }
    }

    /// <summary>Makes a call that never waits.</summary>
    public long Call(Func<long> attempt) => Call(false, -LinuxError.Again, Instant.Never, attempt);

    private void Wait(BlockedCall call)
    {
        if (Clock.IsReal)
        {
            while (!call.IsDone)
            {
                WaitForHost(_nextDeadline);
            }
        }
        else if (Environment.CurrentManagedThreadId == _driver)
        {
            // Nobody else moves the clock: time passes in the call, and where nothing is to come it would wait for ever.
            while (!call.IsDone && _nextDeadline != Instant.Never)
            {
                JumpToDeadline();
            }
        }
        else
        {
            while (!call.IsDone)
            {
                long seen = _activity;
                if (!Monitor.Wait(_gate, IdleMilliseconds) && !call.IsDone && seen == _activity && _nextDeadline != Instant.Never)
                {
                    // Whoever moves the clock waits for this very call.
                    JumpToDeadline();
                }
            }

            _doneAt = call.At;
        }
    }

    /// <summary>Tries the calls that wait.</summary>
    /// <returns>Whether one was done.</returns>
    private bool TryBlockedCalls(Instant now)
    {
        bool isAnyDone = false;
        for (int i = 0; i < _blocked.Count; i++)
        {
            if (!_blocked[i].IsDone)
            {
                _blocked[i].Try(now);
                isAnyDone |= _blocked[i].IsDone;
            }
        }

        if (isAnyDone)
        {
            _blocked.RemoveAll(static call => call.IsDone);
            Monitor.PulseAll(_gate);
        }

        return isAnyDone;
    }

    /// <summary>Draws the consequences of deadlines that have come.</summary>
    private void CatchUp()
    {
        if (Now >= _nextDeadline)
        {
            Turn();
        }
    }

    private void PassTo(Instant end)
    {
        while (_nextDeadline <= end)
        {
            JumpToDeadline();
        }

        Clock.MoveTo(end);
        CatchUp();
    }

    private void JumpToDeadline()
    {
        Clock.MoveTo(_nextDeadline);
        Turn();
    }

    /// <summary>Sleeps by the host's clock until a deadline of the stack, the given time, or another thread's event.</summary>
    private void WaitForHost(Instant until)
    {
        Duration left = Instant.Min(until, _nextDeadline) - Now;
        if (left > Duration.Zero)
        {
            Monitor.Wait(_gate, (int)Math.Clamp(left.Milliseconds + 1, 1, 100));
        }

        CatchUp();
    }
}
