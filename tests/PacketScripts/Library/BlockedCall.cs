using NetStack.Core;

namespace NetStack.PacketScripts;

/// <summary>
/// A call that waits. It is tried again after every event, by whoever brought the event and at the time of it, so that
/// what it does and when it ends do not hang on when the host lets its thread run.
/// </summary>
internal sealed class BlockedCall(Func<long> attempt, Instant deadline, long atDeadline)
{
    /// <summary>What an attempt answers that has to wait.</summary>
    public const long Waits = long.MinValue;

    /// <summary>When it gives up.</summary>
    public Instant Deadline { get; } = deadline;

    public bool IsDone { get; private set; }

    public long Result { get; private set; }

    /// <summary>When it was done.</summary>
    public Instant At { get; private set; }

    /// <summary>Tries again.</summary>
    public void Try(Instant now)
    {
        long result = attempt();
        if (result == Waits && now >= Deadline)
        {
            result = atDeadline;
        }

        if (result != Waits)
        {
            IsDone = true;
            Result = result;
            At = now;
        }
    }
}
