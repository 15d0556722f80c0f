using System.Runtime.InteropServices;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The words for each failure of Linux's device files for Xen: where, what, and what to do.</summary>
internal static class XenFailure
{
    /// <summary>Why a device file did not open.</summary>
    /// <param name="folder">Where the device files are: <c>/dev/xen</c>.</param>
    /// <param name="file">Which one.</param>
    /// <param name="module">The kernel's module behind it; null where it is a part of the kernel itself.</param>
    /// <param name="error">The error number.</param>
    public static XenException OfOpen(string folder, string file, string? module, int error)
    {
        string path = $"{folder}/{file}";
        switch (error)
        {
            case Errno.AccessDenied or Errno.NotPermitted:
                return new(XenError.NotPermitted,
                    $"xen: this user may not open {path}; run as root, or let root give this user's group read and write access to it.", error);
            case Errno.NoEntry when !Directory.Exists(folder):
                return new(XenError.NotXen,
                    $"xen: {folder} is missing: this is no Xen domain, or its modules are not loaded; in a Xen domain type \"modprobe -a xen-gntalloc xen-gntdev xen-evtchn\".", error);
            case Errno.NoEntry or Errno.NoDevice or Errno.NoDeviceOrAddress:
                return new(XenError.NotXen, module is null
                    ? $"xen: {path} is missing; use a kernel with the front end of xenbus (CONFIG_XEN_XENBUS_FRONTEND), in a Xen domain."
                    : $"xen: {path} is missing; in a Xen domain type \"modprobe {module}\".", error);
            default:
                return SystemCall($"opening {path}", error);
        }
    }

    public static XenException SystemCall(string doing, int error) => new(
        error is Errno.AccessDenied or Errno.NotPermitted ? XenError.NotPermitted : XenError.CallFailed,
        $"xen: {doing} failed: {Marshal.GetPInvokeErrorMessage(error)} (error {error}); \"netstack doctor\" looks for the cause.", error);

    public static XenException NoMemory(int pages) =>
        new(XenError.Exhausted, $"xen: there is no memory for {pages} pages; give the domain more, or use fewer buffers.", Errno.NoMemory);

    public static XenException NoChannel(ushort domain, int error) =>
        error is Errno.NoSpace or Errno.NoMemory
            ? new(XenError.Exhausted, $"xen: no event channel is left for domain {domain}; close what is not needed, or give this domain more (max_event_channels).", error)
            : SystemCall($"making an event channel for domain {domain}", error);

    /// <summary>xenstore said no.</summary>
    public static XenException Refused(string doing, int error) => error switch
    {
        Errno.AccessDenied or Errno.NotPermitted => new(XenError.NotPermitted,
            $"xenstore: {doing} is not permitted to this domain; let its toolstack (dom0) create the node and give it to this domain.", error),
        Errno.NoSpace or Errno.TooBig => new(XenError.Exhausted,
            $"xenstore: {doing} is beyond this domain's quota or a message's length; use fewer nodes or shorter values.", error),
        _ => new(XenError.CallFailed, $"xenstore: {doing} failed: {Marshal.GetPInvokeErrorMessage(error)} (error {error}); look at the path with xenstore-ls.", error),
    };

    public static XenException StoreLost(string how, int error = 0) =>
        new(XenError.CallFailed, $"xenstore: the connection is lost: {how}; open another.", error);

    public static XenException StoreBroken(string how) =>
        new(XenError.ProtocolBroken, $"xenstore: the answer breaks the protocol: {how}; open another connection.");

    public static XenException StoreSilent(int seconds) =>
        new(XenError.TimedOut, $"xenstore: no answer within {seconds} s; see whether xenstored runs in dom0.", Errno.TimedOut);

    public static XenException BadText(string what) =>
        new(XenError.CallFailed, $"xenstore: {what}; a path has at most 3072 bytes, a message 4096, and neither a path nor a token contains NUL.", Errno.Invalid);
}
