using Microsoft.Win32.SafeHandles;

namespace NetStack.Drivers.Linux;

/// <summary>A device behind file descriptors that <c>epoll</c> can watch.</summary>
internal interface IPollable
{
    /// <summary>
    /// What to watch for news, at most <see cref="PollWaiter.MaximumHandles"/>; nothing where the device wakes the loop itself.
    /// Another array than before where what is to be watched has changed: an array that was returned stays as it is.
    /// </summary>
    SafeFileHandle[] Handles { get; }

    /// <summary>Whether frames wait until the first of the handles takes some again, which is then watched for, too.</summary>
    bool IsTransmitBlocked { get; }
}
