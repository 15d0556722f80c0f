namespace NetStack.Tcp;

/// <summary>
/// How other threads reach a loop. Anybody posts; the loop takes all items at once, in the order they were posted.
/// </summary>
public sealed class LoopMailbox
{
    private const int Running = 0;
    private const int Sleeping = 1;
    private const int WakeRequested = 2;

    private readonly Action _wake;
    private MailboxItem? _newest;
    private int _state;

    // The thread of the loop: what it posts itself needs no wake, as it looks before it sleeps.
    private int _loopThread;

    /// <summary>Makes a mailbox.</summary>
    /// <param name="wake">Ends the loop's sleep; called from the thread that posts.</param>
    public LoopMailbox(Action wake) => _wake = wake;

    /// <summary>Any thread: has the loop process an item soon. An item that already waits is not queued twice.</summary>
    public void Post(MailboxItem item)
    {
        if (Interlocked.Exchange(ref item.IsPosted, 1) != 0)
        {
            return;
        }

        MailboxItem? newest = Volatile.Read(ref _newest);
        while (true)
        {
            item.Older = newest;
            MailboxItem? seen = Interlocked.CompareExchange(ref _newest, item, newest);
            if (seen == newest)
            {
                break;
            }

            newest = seen;
        }

        if (Environment.CurrentManagedThreadId != _loopThread || Volatile.Read(ref _state) == Sleeping)
        {
            Wake();
        }
    }

    /// <summary>Any thread: has the loop take another turn, soon, whether it sleeps or is about to.</summary>
    public void Wake()
    {
        // What the caller published must be visible before the state is read: the loop reads them in the other order.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _state) != WakeRequested && Interlocked.Exchange(ref _state, WakeRequested) == Sleeping)
        {
            _wake();
        }
    }

    /// <summary>Loop: begins a turn. What is published from here on causes another one.</summary>
    public void BeginTurn()
    {
        _loopThread = Environment.CurrentManagedThreadId;
        Interlocked.Exchange(ref _state, Running);
    }

    /// <summary>Loop: announces that it is about to sleep.</summary>
    /// <returns>False where somebody asked for another turn meanwhile, or the loop itself posted: it must not sleep.</returns>
    public bool TryBeginSleep() =>
        Volatile.Read(ref _newest) is null && Interlocked.CompareExchange(ref _state, Sleeping, Running) == Running;

    /// <summary>Loop: processes what was posted.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Process(Core.Instant now)
    {
        MailboxItem? item = TakeAll();
        bool any = item is not null;
        while (item is not null)
        {
            MailboxItem? next = item.Older;
            item.Older = null;

            // From here on the item may be posted again: it is processed once more for what comes now.
            Interlocked.Exchange(ref item.IsPosted, 0);
            item.Process(now);
            item = next;
        }

        return any;
    }

    /// <summary>Loop: takes all items. They are linked by <see cref="MailboxItem.Older"/> turned round: oldest first.</summary>
    private MailboxItem? TakeAll()
    {
        if (Volatile.Read(ref _newest) is null)
        {
            return null;
        }

        MailboxItem? item = Interlocked.Exchange(ref _newest, null);
        MailboxItem? oldestFirst = null;
        while (item is not null)
        {
            MailboxItem? older = item.Older;
            item.Older = oldestFirst;
            oldestFirst = item;
            item = older;
        }

        return oldestFirst;
    }
}
