using System.Text.Json;
using NetStack.Cli.Verbs.Doctor;
using NetStack.Peers;

namespace NetStack.Cli.Tests;

public sealed class DoctorTests : IDisposable
{
    private const string WithoutRights = "Name:\tx\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n";
    private const string WithRights = "Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("netstack-doctor-");

    [Fact]
    public void With_the_device_and_the_right_all_is_well()
    {
        Write("dev/net/tun", "");
        Write("proc/self/status", WithRights);

        DoctorReport report = Examination.Of(new Machine(_root.FullName));

        Assert.True(report.IsReady);
        Assert.DoesNotContain(report.Findings, finding => finding.Verdict == Finding.Missing);
        Assert.Equal("ip tuntap add dev tap0 mode tap", report.Next[0]);
    }

    [Fact]
    public void Without_the_device_the_module_is_to_be_loaded()
    {
        Write("proc/self/status", WithRights);

        DoctorReport report = Examination.Of(new Machine(_root.FullName));

        Assert.False(report.IsReady);
        Assert.Contains("modprobe tun", Assert.Single(report.Findings, finding => finding.Verdict == Finding.Missing).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_right_a_tap_of_the_users_own_is_to_be_made()
    {
        Write("dev/net/tun", "");
        Write("proc/self/status", WithoutRights);

        DoctorReport report = Examination.Of(new Machine(_root.FullName));

        Assert.False(report.IsReady);
        Assert.Contains("user $USER", report.Next[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_tap_of_the_users_own_is_enough()
    {
        Write("dev/net/tun", "");
        Write("proc/self/status", WithoutRights);
        WriteTap("mytap", owner: 1000, isUp: true);
        WriteTap("other", owner: 1001, isUp: false);
        Write("sys/class/net/eth0/flags", "0x1003\n");

        DoctorReport report = Examination.Of(new Machine(_root.FullName));

        Assert.True(report.IsReady);
        Assert.Equal(["mytap", "other"], report.Findings.Select(finding => finding.Subject).Where(name => name is "mytap" or "other" or "eth0"));
        Assert.Contains(report.Next, line => line.Contains("--if tap:mytap", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_missing_in_a_Xen_domain_is_named_with_what_to_type()
    {
        Write("sys/hypervisor/type", "xen\n");
        Write("dev/xen/evtchn", "");
        Write("dev/xen/xenbus", "");

        Finding xen = Assert.Single(Examination.Of(new Machine(_root.FullName)).Findings, finding => finding.Subject == "Xen");

        Assert.Equal(Finding.Missing, xen.Verdict);
        Assert.Equal("a Xen domain without /dev/xen/gntalloc", xen.Detail);
        Assert.Contains("modprobe", xen.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Xen_nodes_are_listed()
    {
        Write("sys/hypervisor/type", "xen\n");
        Write("dev/xen/evtchn", "");
        Write("dev/xen/gntalloc", "");
        Write("dev/xen/xenbus", "");

        Finding xen = Assert.Single(Examination.Of(new Machine(_root.FullName)).Findings, finding => finding.Subject == "Xen");

        Assert.Equal("/dev/xen/evtchn, /dev/xen/gntalloc, /dev/xen/xenbus", xen.Detail);
    }

    [Fact]
    public async Task The_verb_tells_of_this_machine_and_its_exit_code_agrees()
    {
        ProcessOutcome outcome = await NetstackCommand.RunAsync(["doctor", "--json"]);

        JsonElement report = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.Equal(report.GetProperty("isReady").GetBoolean() ? 0 : 3, outcome.ExitCode);
        Assert.Contains(report.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("subject").GetString() == "/dev/net/tun");
    }

    public void Dispose() => _root.Delete(recursive: true);

    private void WriteTap(string name, int owner, bool isUp)
    {
        Write($"sys/class/net/{name}/tun_flags", "0x1002\n");
        Write($"sys/class/net/{name}/owner", FormattableString.Invariant($"{owner}\n"));
        Write($"sys/class/net/{name}/flags", isUp ? "0x1003\n" : "0x1002\n");
    }

    private void Write(string path, string text)
    {
        string whole = Path.Combine(_root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        File.WriteAllText(whole, text);
    }
}
