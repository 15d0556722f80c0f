namespace NetStack.Drivers.Tap;

/// <summary>What went wrong with a TAP.</summary>
public enum TapError
{
    /// <summary>This is not Linux, so there are no TAPs.</summary>
    NotLinux,

    /// <summary><c>/dev/net/tun</c> is missing, or nothing is behind it.</summary>
    DriverMissing,

    /// <summary>The right to open or create the TAP is missing.</summary>
    NotPermitted,

    /// <summary>Another program has the TAP open.</summary>
    Busy,

    /// <summary>The name is no interface name.</summary>
    BadName,

    /// <summary>An interface of that name exists and is no TAP, or not one that a single program opens.</summary>
    NotATap,

    /// <summary>The TAP exists for one queue and was to be opened with several, or the other way round.</summary>
    OtherQueues,

    /// <summary>The station address is a group address, zero, or the kernel's own at the other end of the TAP.</summary>
    BadAddress,

    /// <summary>The MTU is out of range, or beyond that of the interface.</summary>
    BadMtu,

    /// <summary>The interface was deleted while the TAP was open.</summary>
    Gone,

    /// <summary>Any other failure of a system call: <see cref="TapException.ErrorNumber"/> has its number.</summary>
    SystemCallFailed,
}
