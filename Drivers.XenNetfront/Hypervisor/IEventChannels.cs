using Microsoft.Win32.SafeHandles;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// Event channels of one loop: bells between domains. Used by that loop only. A port that fired is masked until
/// <see cref="Unmask"/>, so that a storm of events costs one look a turn.
/// </summary>
/// <remarks>Xen's <c>public/event_channel.h</c>.</remarks>
public interface IEventChannels : IDisposable
{
    /// <summary>What a waiter can watch for events; null where the platform calls <c>wake</c> instead.</summary>
    SafeFileHandle? Handle { get; }

    /// <summary>Makes a port that a domain may bind to.</summary>
    /// <returns>The port.</returns>
    /// <exception cref="XenException">The platform gives no more.</exception>
    uint AllocateUnbound(ushort domain);

    /// <summary>Binds to the port that another domain has allocated for us.</summary>
    /// <returns>Our port; null where the other's is none.</returns>
    uint? TryBind(ushort domain, uint port);

    /// <summary>Rings the other side's bell. Costs a system call or hypercall. Nothing happens where the other side is gone.</summary>
    void Notify(uint port);

    /// <summary>Takes the next port that fired since, without waiting.</summary>
    /// <returns>False where none did.</returns>
    bool TryTakeFired(out uint port);

    /// <summary>Lets a port fire again that <see cref="TryTakeFired"/> returned.</summary>
    void Unmask(uint port);

    /// <summary>Closes a port.</summary>
    void Close(uint port);
}
