namespace NetStack.Cli.Composition;

/// <summary>The kinds of device this version opens.</summary>
internal enum DeviceKind
{
    /// <summary>A Linux TAP.</summary>
    Tap,

    /// <summary>A network interface of Xen's.</summary>
    Xen,

    /// <summary>A capture file that is played into the stack.</summary>
    Capture,

    /// <summary>An in-memory cable to a peer in the same process.</summary>
    Simulated,
}
