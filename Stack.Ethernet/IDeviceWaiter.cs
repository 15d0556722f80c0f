using NetStack.Core;

namespace NetStack.Ethernet;

/// <summary>What a loop sleeps on: wakes when a device has frames, when somebody calls, or when time is up.</summary>
public interface IDeviceWaiter : IDisposable
{
    /// <summary>Watches one more device. One that is watched already is not watched twice.</summary>
    /// <returns>False where this waiter cannot watch a device of that kind.</returns>
    bool TryAdd(IEthernetDevice device);

    /// <summary>Sleeps. Called by the loop only. May return early.</summary>
    /// <param name="timeout">The longest sleep; zero only looks.</param>
    void Wait(Duration timeout);

    /// <summary>Ends the current or the next sleep. Called from any thread.</summary>
    void Wake();
}
