using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Benchmarks;

/// <summary>What the loop is asked to look at, and counts.</summary>
internal sealed class CountingItem : MailboxItem
{
    /// <summary>How often it was looked at.</summary>
    public long Processed { get; private set; }

    /// <inheritdoc/>
    protected override void Process(Instant now) => Processed++;
}
