using System.Globalization;
using NetStack.Drivers.Tap;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Cli.Composition;

/// <summary>What a stack is to be made of, checked as far as it can be without opening anything.</summary>
internal sealed class StackSettings
{
    /// <summary>The devices.</summary>
    public required IReadOnlyList<DeviceSpecification> Devices { get; init; }

    /// <summary>For each device, its addresses.</summary>
    public required IReadOnlyList<IReadOnlyList<IpPrefix>> Addresses { get; init; }

    /// <summary>The default gateway, or null.</summary>
    public IpAddress? Gateway { get; init; }

    /// <summary>The DNS servers.</summary>
    public IReadOnlyList<IpAddress> DnsServers { get; init; } = [];

    /// <summary>The station address, or null for one that is made up.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>The MTU, or null for the device's.</summary>
    public int? MtuBytes { get; init; }

    /// <summary>The file every frame is written to, or null.</summary>
    public string? CaptureFile { get; init; }

    /// <summary>What makes the congestion controllers of all connections, or null for the stack's choice.</summary>
    public Func<ulong, ICongestionController>? Congestion { get; init; }

    /// <summary>Whether checksums and segmentation are left to devices that can do them.</summary>
    public bool Offloads { get; init; } = true;

    /// <summary>The queues of each device, and with them the shards of the stack.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>The features of Xen's interfaces.</summary>
    public XenFeatures Xen { get; init; } = XenFeatures.All;

    /// <summary>What makes a run repeatable, or null.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Which device the gateway is behind: the one in whose network it is.</summary>
    public bool IsGatewayBehind(int device) => Gateway is { } gateway && Addresses[device].Any(prefix => prefix.Contains(gateway));

    /// <summary>Reads all settings.</summary>
    /// <param name="settings">For each name of <see cref="SettingKey"/>, what is given.</param>
    /// <exception cref="CommandFailure">One is wrong, or missing.</exception>
    public static StackSettings Parse(IReadOnlyDictionary<string, IReadOnlyList<Setting>> settings)
    {
        List<DeviceSpecification> devices = ParseDevices(settings[SettingKey.Device]);
        IReadOnlyList<IReadOnlyList<IpPrefix>> addresses = ParseAddresses(settings[SettingKey.Address], devices.Count);
        StackSettings parsed = new()
        {
            Devices = devices,
            Addresses = addresses,
            Gateway = Single(settings, SettingKey.Gateway) is { } gateway ? ParseHost(gateway) : null,
            DnsServers = [.. settings[SettingKey.Dns].Select(ParseHost)],
            Mac = Single(settings, SettingKey.Mac) is { } mac ? ParseMac(mac, devices) : null,
            MtuBytes = Single(settings, SettingKey.Mtu) is { } mtu
                ? (int)ParseNumber(mtu, TapOptions.MinimumMtuBytes, TapOptions.MaximumMtuBytes)
                : null,
            CaptureFile = Single(settings, SettingKey.Capture)?.Text,
            Offloads = Single(settings, SettingKey.Offload) is not { } offload || ParseOffload(offload),
            Queues = Single(settings, SettingKey.Queues) is { } queues ? ParseQueues(queues, devices) : 1,
            Xen = XenFeatures.Without(settings[SettingKey.XenOff]),
            Congestion = Single(settings, SettingKey.Congestion) is { } congestion ? ParseCongestion(congestion) : null,
            Seed = Single(settings, SettingKey.Seed) is { } seed ? ParseNumber(seed, 0, ulong.MaxValue) : null,
        };
        if (parsed.Gateway is not null && !Enumerable.Range(0, devices.Count).Any(parsed.IsGatewayBehind))
        {
            throw Single(settings, SettingKey.Gateway)!.Value.Reject("the gateway is in no network of the stack; choose one that is, or change --ip.");
        }

        return parsed;
    }

    /// <summary>Reads a whole number.</summary>
    public static ulong ParseNumber(Setting setting, ulong least, ulong most) =>
        ulong.TryParse(setting.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && number >= least && number <= most
            ? number
            : throw setting.Reject(string.Create(CultureInfo.InvariantCulture, $"write a whole number from {least} to {most}."));

    /// <summary>Reads the address of one host.</summary>
    public static IpAddress ParseHost(Setting setting)
    {
        if (!IpAddress.TryParse(setting.Text, out IpAddress address))
        {
            throw setting.Reject("this is no address; write one such as 10.9.0.1.");
        }

        RejectIpv6(setting, address);
        return address.IsAny || address.IsMulticast || address.IsLimitedBroadcast
            ? throw setting.Reject("this is no address of a single host; write one such as 10.9.0.1.")
            : address;
    }

    private static List<DeviceSpecification> ParseDevices(IReadOnlyList<Setting> given)
    {
        if (given.Count == 0)
        {
            throw CommandFailure.Usage("no device is given; add --if tap:tap0 (\"netstack doctor\" says what this machine has).");
        }

        List<DeviceSpecification> devices = [];
        foreach (Setting setting in given)
        {
            DeviceSpecification device = DeviceSpecification.Parse(setting);
            if (device.Kind != DeviceKind.Simulated && devices.Contains(device))
            {
                throw setting.Reject("the device is given twice; leave one out.");
            }

            devices.Add(device);
        }

        return devices;
    }

    private static IReadOnlyList<IReadOnlyList<IpPrefix>> ParseAddresses(IReadOnlyList<Setting> given, int devices)
    {
        List<IpPrefix> addresses = [];
        foreach (Setting setting in given)
        {
            IpPrefix address = ParseAddress(setting);
            if (addresses.Any(other => other.Address == address.Address))
            {
                throw setting.Reject("the address is given twice; leave one out.");
            }

            addresses.Add(address);
        }

        if (addresses.Count == 0)
        {
            throw CommandFailure.Usage("no address is given; add --ip ADDRESS/PREFIX, such as --ip 10.9.0.2/24.");
        }

        if (devices == 1)
        {
            return [addresses];
        }

        return addresses.Count == devices
            ? [.. addresses.Select(address => (IReadOnlyList<IpPrefix>)[address])]
            : throw CommandFailure.Usage(string.Create(
                CultureInfo.InvariantCulture,
                $"{devices} devices are given and {addresses.Count} addresses; give one --ip for each --if, in the same order."));
    }

    private static IpPrefix ParseAddress(Setting setting)
    {
        if (setting.Text is "dhcp" or "slaac")
        {
            throw setting.Reject("this is not available in this version; write an address such as 10.9.0.2/24.");
        }

        if (!IpPrefix.TryParse(setting.Text, out IpPrefix prefix))
        {
            throw setting.Reject("this is no address with a prefix length; write one such as 10.9.0.2/24.");
        }

        IpAddress address = prefix.Address;
        RejectIpv6(setting, address);
        bool isNetwork = prefix.Length <= 30 && address == prefix.Network;
        return address.IsAny || address.IsMulticast || address.IsLoopback || isNetwork || address == prefix.Broadcast
            ? throw setting.Reject("no host can have this address; choose another of the network.")
            : prefix;
    }

    private static MacAddress ParseMac(Setting setting, List<DeviceSpecification> devices)
    {
        if (!MacAddress.TryParse(setting.Text, out MacAddress mac) || mac.IsGroup || mac.IsZero)
        {
            throw setting.Reject("this is no station address; write one such as 02:00:00:00:00:01.");
        }

        return devices.Count != 1 || devices[0].Kind is DeviceKind.Simulated or DeviceKind.Xen
            ? throw setting.Reject("a station address can be given to a single TAP or capture only; leave it out.")
            : mac;
    }

    private static int ParseQueues(Setting setting, List<DeviceSpecification> devices)
    {
        int queues = (int)ParseNumber(setting, 1, ShardGroup.MaximumShards);
        foreach (DeviceSpecification device in devices)
        {
            if (queues > 1 && device.Kind is not (DeviceKind.Tap or DeviceKind.Xen))
            {
                throw setting.Reject($"the device {device} has one queue; leave it out, write 1, or give TAPs or interfaces of Xen's only.");
            }
        }

        return queues;
    }

    private static bool ParseOffload(Setting setting) => setting.Text switch
    {
        "on" => true,
        "off" => false,
        _ => throw setting.Reject("write on or off."),
    };

    private static Func<ulong, ICongestionController> ParseCongestion(Setting setting) =>
        CongestionControl.TryFind(setting.Text, out Func<ulong, ICongestionController>? controller)
            ? controller
            : throw setting.Reject($"there is no such congestion control; write {string.Join(" or ", CongestionControl.Names)}.");

    private static void RejectIpv6(Setting setting, IpAddress address)
    {
        if (!address.IsIPv4)
        {
            throw setting.Reject("IPv6 is not available in this version; write an IPv4 address.");
        }
    }

    private static Setting? Single(IReadOnlyDictionary<string, IReadOnlyList<Setting>> settings, string key) => settings[key] switch
    {
        [] => null,
        [Setting only] => only,
        [.., Setting last] => throw last.Reject("this can be given only once."),
    };
}
