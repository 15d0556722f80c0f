using NetStack.Ethernet;

namespace NetStack.Testing;

/// <summary>What the devices at the ends of a link are like.</summary>
public sealed record LinkEndOptions
{
    /// <summary>What the frames start with.</summary>
    public DeviceMedium Medium { get; init; } = DeviceMedium.Ethernet;

    /// <summary>What the devices do for their hosts: of the offloads, only checksums can be filled in.</summary>
    public DeviceOffloads Offloads { get; init; }

    /// <summary>
    /// Whether a device whose queue is full refuses frames, as a network card does with its ring, and wakes its host when
    /// there is room. Otherwise the frames are dropped, as by a router on the way.
    /// </summary>
    public bool RefusesWhenFull { get; init; }
}
