namespace NetStack.Cli.Verbs.Doctor;

/// <summary>Looks at what the stack needs of a machine, and says what to type.</summary>
internal static class Examination
{
    private const string Server = "netstack serve --if tap:tap0 --ip 10.9.0.2/24 --http";

    public static DoctorReport Of(Machine machine)
    {
        bool hasTun = machine.HasTun;
        bool mayOpen = hasTun && machine.MayOpenTun;
        IReadOnlyList<TapInterface> taps = machine.Taps;
        TapInterface? own = taps.FirstOrDefault(tap => tap.Owner is not null && tap.Owner == machine.EffectiveUser);
        bool isReady = mayOpen && (machine.HasNetworkAdministration || own is not null);
        List<Finding> findings =
        [
            ExamineTun(hasTun, mayOpen),
            ExamineRights(machine, own),
            .. taps.Select(ExamineTap),
        ];
        if (taps.Count == 0)
        {
            findings.Add(new Finding("TAP interfaces", Finding.None, "none exists yet"));
        }

        findings.Add(ExamineXen(machine));
        return new DoctorReport(isReady, findings, [.. Next(machine, hasTun, isReady, own?.Name)]);
    }

    private static Finding ExamineTun(bool hasTun, bool mayOpen)
    {
        if (!hasTun)
        {
            return new Finding(
                "/dev/net/tun", Finding.Missing, "not there", "sudo modprobe tun    (in a container: run it with --device /dev/net/tun)");
        }

        return mayOpen
            ? new Finding("/dev/net/tun", Finding.Ok, "there, and may be opened")
            : new Finding("/dev/net/tun", Finding.Missing, "there, but this user may not open it", "sudo chmod 0666 /dev/net/tun");
    }

    private static Finding ExamineRights(Machine machine, TapInterface? own)
    {
        string user = $"user {machine.EffectiveUser?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"}";
        if (machine.HasNetworkAdministration)
        {
            return new Finding("rights", Finding.Ok, $"{user} has CAP_NET_ADMIN: any TAP can be made and opened");
        }

        return own is not null
            ? new Finding("rights", Finding.Ok, $"{user} has no CAP_NET_ADMIN, but owns {own.Name}")
            : new Finding(
                "rights", Finding.Missing, $"{user} has no CAP_NET_ADMIN and owns no TAP", "sudo ip tuntap add dev tap0 mode tap user $USER");
    }

    private static Finding ExamineTap(TapInterface tap)
    {
        string owner = tap.Owner is { } user ? $"owned by user {user}" : "without owner";
        return tap.IsUp
            ? new Finding(tap.Name, Finding.Ok, $"a TAP, up, {owner}")
            : new Finding(tap.Name, Finding.None, $"a TAP, down, {owner}", $"sudo ip link set dev {tap.Name} up");
    }

    private static Finding ExamineXen(Machine machine)
    {
        IReadOnlyList<string> nodes = machine.XenNodes;
        if (!machine.IsXenDomain && nodes.Count == 0)
        {
            return new Finding("Xen", Finding.None, "this is no Xen domain");
        }

        string[] missing = [.. Machine.NeededXenNodes.Except(nodes)];
        return missing.Length == 0
            ? new Finding("Xen", Finding.Ok, string.Join(", ", nodes))
            : new Finding("Xen", Finding.Missing, $"a Xen domain without {string.Join(", ", missing)}", "sudo modprobe -a xen-evtchn xen-gntalloc xen-gntdev");
    }

    private static IEnumerable<string> Next(Machine machine, bool hasTun, bool isReady, string? own)
    {
        if (!isReady)
        {
            if (!hasTun)
            {
                yield return "sudo modprobe tun";
            }

            yield return "sudo ip tuntap add dev tap0 mode tap user $USER";
        }
        else if (machine.HasNetworkAdministration && machine.Taps.All(tap => tap.Name != "tap0"))
        {
            yield return "ip tuntap add dev tap0 mode tap";
        }

        string name = isReady && !machine.HasNetworkAdministration && own is not null ? own : "tap0";
        string prefix = machine.HasNetworkAdministration ? "" : "sudo ";
        yield return $"{prefix}ip address add 10.9.0.1/24 dev {name}";
        yield return $"{prefix}ip link set dev {name} up";
        yield return Server.Replace("tap0", name, StringComparison.Ordinal);
        yield return "curl http://10.9.0.2/";
    }
}
