using NetStack.Core;

namespace NetStack.Tcp;

// The connections in TIME-WAIT: bounded in number, the oldest forgotten first. RFC 9293 §3.6.1.
public sealed partial class TcpDemultiplexer
{
    private TimeWaitBlock? _oldestTimeWait;
    private TimeWaitBlock? _latestTimeWait;

    internal void AddTimeWait(TimeWaitBlock block, Instant now)
    {
        if (TimeWaitCount >= Options.MaximumTimeWait && _oldestTimeWait is { } oldest)
        {
            RemoveTimeWait(oldest);
        }

        _table.Add(block);
        AppendTimeWait(block);
        Host.Timers.Schedule(block, now + Options.TimeWait);
        TimeWaitCount++;
    }

    internal void RestartTimeWait(TimeWaitBlock block, Instant now)
    {
        UnlinkTimeWait(block);
        AppendTimeWait(block);
        Host.Timers.Schedule(block, now + Options.TimeWait);
    }

    internal void RemoveTimeWait(TimeWaitBlock block)
    {
        Host.Timers.Cancel(block);
        UnlinkTimeWait(block);
        _table.Remove(block);
        TimeWaitCount--;
    }

    private void AppendTimeWait(TimeWaitBlock block)
    {
        block.Older = _latestTimeWait;
        if (_latestTimeWait is null)
        {
            _oldestTimeWait = block;
        }
        else
        {
            _latestTimeWait.Later = block;
        }

        _latestTimeWait = block;
    }

    private void UnlinkTimeWait(TimeWaitBlock block)
    {
        if (block.Older is { } older)
        {
            older.Later = block.Later;
        }
        else
        {
            _oldestTimeWait = block.Later;
        }

        if (block.Later is { } later)
        {
            later.Older = block.Older;
        }
        else
        {
            _latestTimeWait = block.Older;
        }

        block.Older = null;
        block.Later = null;
    }
}
