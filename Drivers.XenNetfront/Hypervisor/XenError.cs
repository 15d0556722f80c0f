namespace NetStack.Drivers.XenNetfront;

/// <summary>What went wrong with Xen or one of its devices.</summary>
public enum XenError
{
    /// <summary>This is no Xen domain, or its device files are missing.</summary>
    NotXen,

    /// <summary>The right to open a device file, or to write a node, is missing.</summary>
    NotPermitted,

    /// <summary>The domain has no such device.</summary>
    NoDevice,

    /// <summary>Another driver has the device.</summary>
    Busy,

    /// <summary>The other side did not answer in time.</summary>
    TimedOut,

    /// <summary>The other side broke the protocol: the message says how.</summary>
    ProtocolBroken,

    /// <summary>No more grants, event channels or memory.</summary>
    Exhausted,

    /// <summary>Any other failure of a system call or of xenstore: <see cref="XenException.ErrorNumber"/> has its number.</summary>
    CallFailed,
}
