namespace NetStack.Drivers.XenNetfront;

/// <summary>Flags of a transmit request.</summary>
/// <remarks>Xen's <c>public/io/netif.h</c>, <c>NETTXF_*</c>.</remarks>
internal static class TransmitFlag
{
    public const ushort ChecksumBlank = 1;
    public const ushort DataValidated = 2;
    public const ushort MoreData = 4;
    public const ushort ExtraSlots = 8;
}
