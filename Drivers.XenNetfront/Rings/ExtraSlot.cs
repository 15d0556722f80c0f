namespace NetStack.Drivers.XenNetfront;

/// <summary>Values in an extra slot.</summary>
/// <remarks>Xen's <c>public/io/netif.h</c>, <c>XEN_NETIF_EXTRA_TYPE_*</c>, <c>XEN_NETIF_EXTRA_FLAG_MORE</c>, <c>XEN_NETIF_GSO_TYPE_*</c>.</remarks>
internal static class ExtraSlot
{
    public const byte Gso = 1;
    public const byte MulticastAdd = 2;
    public const byte MulticastDelete = 3;
    public const byte Hash = 4;
    public const byte Maximum = 5;

    public const byte More = 1;

    public const byte GsoTcpV4 = 1;
    public const byte GsoTcpV6 = 2;
}
