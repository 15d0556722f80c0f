using System.Globalization;
using NetStack.Drivers.Tap;

namespace NetStack.Cli.Composition;

/// <summary>What <c>--if</c> names.</summary>
/// <param name="Kind">The kind of device.</param>
/// <param name="Name">The interface, its number or the file; empty for a simulated link.</param>
internal readonly record struct DeviceSpecification(DeviceKind Kind, string Name)
{
    private const string Remedy = "write tap:NAME, xen, xen:N, pcap:FILE or sim.";

    /// <summary>Reads <c>KIND:NAME</c>.</summary>
    /// <exception cref="CommandFailure">It is no device, or of a kind that this version has not.</exception>
    public static DeviceSpecification Parse(Setting setting)
    {
        string[] parts = setting.Text.Split(':', 2);
        string name = parts.Length == 2 ? parts[1] : "";
        switch (parts[0])
        {
            case "tap" when TapDevice.IsValidName(name):
                return new DeviceSpecification(DeviceKind.Tap, name);
            case "tap":
                throw setting.Reject("a TAP's name is 1 to 15 letters and digits; write tap:tap0.");
            case "pcap" when name.Length > 0:
                return new DeviceSpecification(DeviceKind.Capture, name);
            case "pcap":
                throw setting.Reject("the file is missing; write pcap:FILE.");
            case "sim" when parts.Length == 1:
                return new DeviceSpecification(DeviceKind.Simulated, "");
            case "xen" when parts.Length == 1:
                return new DeviceSpecification(DeviceKind.Xen, "0");
            case "xen" when ushort.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out ushort index):
                return new DeviceSpecification(DeviceKind.Xen, index.ToString(CultureInfo.InvariantCulture));
            case "xen":
                throw setting.Reject("a network interface of Xen's has a number from 0 to 65535; write xen:0.");
            case "live":
                throw CommandFailure.Missing(
                    $"{setting.Origin} {setting.Text}: {parts[0]} devices are not built in yet; {Remedy}");
            default:
                throw setting.Reject($"there is no such device; {Remedy}");
        }
    }

    /// <summary>The text form, as <c>--if</c> takes it.</summary>
    public override string ToString() => Kind switch
    {
        DeviceKind.Tap => $"tap:{Name}",
        DeviceKind.Xen => $"xen:{Name}",
        DeviceKind.Capture => $"pcap:{Name}",
        _ => "sim",
    };
}
