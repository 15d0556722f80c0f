namespace NetStack.Ethernet;

/// <summary>What a device can do.</summary>
/// <param name="Medium">What its packets start with.</param>
/// <param name="MtuBytes">The largest network-layer packet it carries, without link header.</param>
/// <param name="Offloads">The work it takes over from the stack.</param>
/// <param name="MaximumBlocks">The most blocks a transmitted frame may be chained of.</param>
public readonly record struct DeviceCapabilities(
    DeviceMedium Medium,
    int MtuBytes,
    DeviceOffloads Offloads = DeviceOffloads.None,
    int MaximumBlocks = DeviceCapabilities.DefaultMaximumBlocks)
{
    /// <summary>The blocks a frame may have unless its device says otherwise: those of netfront's slots.</summary>
    public const int DefaultMaximumBlocks = 18;
}
