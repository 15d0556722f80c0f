namespace NetStack.Drivers.XenNetfront;

/// <summary>The status of a response.</summary>
/// <remarks>Xen's <c>public/io/netif.h</c>, <c>NETIF_RSP_*</c>.</remarks>
internal static class ResponseStatus
{
    public const short Dropped = -2;
    public const short Error = -1;
    public const short Okay = 0;

    /// <summary>No response: stands in the slot that an extra slot took.</summary>
    public const short Null = 1;
}
