namespace NetStack.Drivers.XenNetfront;

/// <summary>Kinds of extra slots and values in them.</summary>
/// <remarks>Xen's <c>public/io/netif.h</c>, <c>XEN_NETIF_EXTRA_TYPE_*</c>, <c>XEN_NETIF_EXTRA_FLAG_MORE</c>, <c>XEN_NETIF_GSO_TYPE_*</c>.</remarks>
internal static class ExtraSlot
{
    public const byte Gso = 1;
    public const byte MulticastAdd = 2;
    public const byte MulticastDelete = 3;
    public const byte Hash = 4;

    /// <summary>
    /// The room that Linux's netback leaves at the start of each received page, asked for by <c>xdp-headroom</c>: 16 bits at
    /// <see cref="NetifLayout.ExtraHeadroom"/>. The response's offset is then 0 and its status counts the room along with the data.
    /// Linux's own header has it, Xen's does not yet.
    /// </summary>
    public const byte Headroom = 5;

    /// <summary>The first kind that does not exist.</summary>
    public const byte Maximum = 6;

    public const byte More = 1;

    public const byte GsoTcpV4 = 1;
    public const byte GsoTcpV6 = 2;
}
