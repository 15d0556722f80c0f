using NetStack.Core;

namespace NetStack.Tcp;

// The connections in TIME-WAIT: bounded in number, the oldest forgotten first. RFC 9293 §3.6.1.
public sealed partial class TcpDemultiplexer
{
    private AgeList<TimeWaitBlock> _timeWait;

    internal void AddTimeWait(TimeWaitBlock block, Instant now)
    {
        if (TimeWaitCount >= Options.MaximumTimeWait && _timeWait.Oldest is { } oldest)
        {
            RemoveTimeWait(oldest);
        }

        _table.Add(block);
        _timeWait.Append(block);
        Host.Timers.Schedule(block, now + Options.TimeWait);
        TimeWaitCount++;
    }

    internal void RestartTimeWait(TimeWaitBlock block, Instant now)
    {
        _timeWait.Remove(block);
        _timeWait.Append(block);
        Host.Timers.Schedule(block, now + Options.TimeWait);
    }

    internal void RemoveTimeWait(TimeWaitBlock block)
    {
        Host.Timers.Cancel(block);
        _timeWait.Remove(block);
        _table.Remove(block);
        TimeWaitCount--;
    }
}
