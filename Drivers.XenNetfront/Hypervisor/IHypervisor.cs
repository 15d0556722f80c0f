using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// A domain's view of Xen: what a device driver asks of the platform below it. There is one below Linux's device files, one in
/// memory for tests and benches, and one below a unikernel.
/// </summary>
/// <remarks>
/// Nothing here blocks for longer than the answer of the other side takes that the platform itself waits for: xenstore's.
/// </remarks>
public interface IHypervisor : IDisposable
{
    /// <summary>The platform's name for messages, such as <c>/dev/xen</c>.</summary>
    string Name { get; }

    /// <summary>Memory that is shared with other domains. One for the domain; its members may be called from any thread.</summary>
    IGrantTable Grants { get; }

    /// <summary>Monotonic time. Goes on, and may jump, over a suspend.</summary>
    Instant Now { get; }

    /// <summary>Opens a set of event channels of its own: one for each loop.</summary>
    /// <param name="wake">Wakes the loop, from any thread, where the platform has nothing that a waiter could watch.</param>
    /// <exception cref="XenException">The platform has none, or refuses.</exception>
    IEventChannels OpenEventChannels(Action wake);

    /// <summary>Opens a connection to xenstore of its own, with its own watches and transactions.</summary>
    /// <param name="wake">Called, from any thread, when a watch fired, where the platform has nothing that a waiter could watch.</param>
    /// <exception cref="XenException">The platform has none, or refuses.</exception>
    IXenStore OpenStore(Action wake);
}
