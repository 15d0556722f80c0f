namespace NetStack.Drivers.XenNetfront;

/// <summary>What a message to or from xenstore is.</summary>
/// <remarks>Xen's <c>io/xs_wire.h</c>: <c>enum xsd_sockmsg_type</c>.</remarks>
internal enum StoreRequest : uint
{
    Directory = 1,
    Read = 2,
    Watch = 4,
    Unwatch = 5,
    TransactionStart = 6,
    TransactionEnd = 7,
    Write = 11,
    Remove = 13,
    SetPermissions = 14,
    WatchEvent = 15,
    Error = 16,
}
