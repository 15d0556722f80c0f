namespace NetStack.Drivers.XenNetfront;

/// <summary>How far one side of a device has come.</summary>
/// <remarks>Xen's <c>public/io/xenbus.h</c>, <c>enum xenbus_state</c>.</remarks>
internal enum XenbusState
{
    Unknown = 0,
    Initialising = 1,
    InitWait = 2,
    Initialised = 3,
    Connected = 4,
    Closing = 5,
    Closed = 6,
    Reconfiguring = 7,
    Reconfigured = 8,
}
