using System.Runtime.InteropServices;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.Tap;

/// <summary>The words for each failure: where, what, and what to do.</summary>
internal static class TapFailure
{
    public const string DevicePath = "/dev/net/tun";

    public static TapException NotLinux(string name) =>
        new(TapError.NotLinux, $"{name}: a TAP exists on Linux only; use another kind of device here.");

    public static TapException BadName(string name) =>
        new(TapError.BadName,
            $"\"{Printable(name)}\" is no name for a TAP: use 1 to 15 letters and digits, such as tap0 (no space, '/', ':' or '%').");

    /// <summary>Why <c>/dev/net/tun</c> did not open.</summary>
    public static TapException OfOpen(string name, int error) => error switch
    {
        Errno.NoEntry or Errno.NoDevice or Errno.NoDeviceOrAddress => new(TapError.DriverMissing,
            $"{name}: {DevicePath} is missing; type \"modprobe tun\", or give the container the device with \"--device {DevicePath}\".", error),
        Errno.AccessDenied or Errno.NotPermitted => new(TapError.NotPermitted,
            $"{name}: this user may not open {DevicePath}; run as root, or let root give this user read and write access to it.", error),
        _ => SystemCall(name, $"opening {DevicePath}", error),
    };

    /// <summary>Why the interface was not given to us.</summary>
    public static TapException OfAttach(string name, int error, bool isMultiQueue) => error switch
    {
        Errno.NotPermitted or Errno.AccessDenied => new(TapError.NotPermitted,
            $"{name}: not permitted to create or open this TAP; run as root (CAP_NET_ADMIN), or let root type \"ip tuntap add dev {name} mode tap{(isMultiQueue ? " multi_queue" : "")} user $USER\".", error),
        Errno.Busy => new(TapError.Busy,
            $"{name}: another program has this TAP open; stop that program or choose another name.", error),
        Errno.Invalid => new(TapError.NotATap,
            $"{name}: an interface of this name exists and is no TAP (perhaps a TUN); choose another name.", error),
        _ => SystemCall(name, "attaching to the TAP", error),
    };

    /// <summary>The TAP opens, but not with as many queues.</summary>
    public static TapException OtherQueues(string name, bool isMultiQueue) =>
        new(TapError.OtherQueues, isMultiQueue
            ? $"{name}: this TAP was made for one queue; open it with one, or let root type \"ip tuntap del dev {name} mode tap; ip tuntap add dev {name} mode tap multi_queue\"."
            : $"{name}: this TAP was made for several queues; open it with two or more, or let root type \"ip tuntap del dev {name} mode tap multi_queue; ip tuntap add dev {name} mode tap\".",
            Errno.Invalid);

    public static TapException GroupAddress(string name, object address) =>
        new(TapError.BadAddress, $"{name}: {address} is no station address; choose a unicast one, such as 02:00:00:00:00:01.");

    public static TapException KernelAddress(string name, object address) =>
        new(TapError.BadAddress, $"{name}: {address} is the kernel's own address on this TAP; choose another for the stack.");

    public static TapException MtuOutOfRange(string name, int mtuBytes) =>
        new(TapError.BadMtu,
            $"{name}: an MTU of {mtuBytes} bytes is out of range; choose {TapOptions.MinimumMtuBytes} to {TapOptions.MaximumMtuBytes}.");

    public static TapException MtuBeyondInterface(string name, int mtuBytes, int interfaceMtuBytes) =>
        new(TapError.BadMtu,
            $"{name}: an MTU of {mtuBytes} bytes is beyond the interface's {interfaceMtuBytes}; choose less, or let root type \"ip link set dev {name} mtu {mtuBytes}\".");

    public static TapException Gone(string name, int error) =>
        new(TapError.Gone, $"{name}: the interface was deleted; open the TAP again.", error);

    public static TapException SystemCall(string name, string doing, int error) =>
        new(TapError.SystemCallFailed, $"{name}: {doing} failed: {Marshal.GetPInvokeErrorMessage(error)} (error {error}); \"netstack doctor\" looks for the cause.", error);

    public static string DownHint(string name, bool isOurs) => isOurs
        ? $"{name} is down and this user may not set it up; let root type \"ip link set dev {name} up\"."
        : $"{name} is down; type \"ip link set dev {name} up\" to let frames pass.";

    private static string Printable(string name) =>
        string.Create(name.Length, name, static (characters, text) =>
        {
            for (int i = 0; i < characters.Length; i++)
            {
                characters[i] = char.IsControl(text[i]) ? '?' : text[i];
            }
        });
}
