using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>Makes the loop turn once more: connections that found no buffer try again in every turn.</summary>
internal sealed class TransmitRetry : TimerNode
{
    /// <inheritdoc/>
    protected override void TimerExpired(Instant now)
    {
        // The turn that follows is all that is wanted.
    }
}
