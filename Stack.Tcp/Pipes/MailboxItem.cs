namespace NetStack.Tcp;

/// <summary>Something other threads ask a loop to look at.</summary>
public abstract class MailboxItem
{
    internal MailboxItem? Older;
    internal int IsPosted;

    /// <summary>Loop: does what was asked for since the last time.</summary>
    /// <param name="now">The time of the loop's turn.</param>
    protected internal abstract void Process(Core.Instant now);
}
