namespace NetStack.Drivers.XenNetfront;

/// <summary>Flags of a receive response. Not those of a transmit request: the first two are swapped.</summary>
/// <remarks>Xen's <c>public/io/netif.h</c>, <c>NETRXF_*</c>.</remarks>
internal static class ReceiveFlag
{
    public const ushort DataValidated = 1;
    public const ushort ChecksumBlank = 2;
    public const ushort MoreData = 4;
    public const ushort ExtraSlots = 8;
    public const ushort GsoPrefix = 16;
}
