namespace NetStack.Drivers.XenNetfront;

/// <summary>One end of an event channel. Guarded by <see cref="SimulatedXen.EventGate"/>.</summary>
internal sealed class SimulatedPort(SimulatedEventChannels set, ushort remoteDomain)
{
    /// <summary>The loop's set that it belongs to.</summary>
    public SimulatedEventChannels Set { get; } = set;

    /// <summary>Who may bind to it, or has.</summary>
    public ushort RemoteDomain { get; } = remoteDomain;

    /// <summary>The other end; null while nobody is bound.</summary>
    public SimulatedPort? Remote { get; set; }

    /// <summary>Its number.</summary>
    public uint Number { get; set; }

    /// <summary>Whether it waits for <see cref="IEventChannels.Unmask"/>.</summary>
    public bool IsMasked { get; set; }

    /// <summary>Whether it was rung while masked.</summary>
    public bool IsPending { get; set; }
}
