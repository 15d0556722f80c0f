using Microsoft.Win32.SafeHandles;

namespace NetStack.Drivers.Tap;

/// <summary>A device behind a file descriptor that <c>epoll</c> can watch.</summary>
internal interface IPollable
{
    /// <summary>What to watch for frames that have arrived.</summary>
    SafeFileHandle Handle { get; }

    /// <summary>Whether frames wait until the kernel takes some again, which is then watched for, too.</summary>
    bool IsTransmitBlocked { get; }
}
