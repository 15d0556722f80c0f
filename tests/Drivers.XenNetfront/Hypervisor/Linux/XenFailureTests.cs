using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>What a user reads where Xen is not to be had.</summary>
public sealed class XenFailureTests
{
    [Fact]
    public void Where_there_is_no_xen_the_line_says_so_and_what_to_type()
    {
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        XenException missing = Assert.Throws<XenException>(() => LinuxHypervisor.Open(folder));
        Assert.Equal(XenError.NotXen, missing.Error);
        Assert.Equal(Errno.NoEntry, missing.ErrorNumber);
        Assert.Contains(folder + " is missing", missing.Message, StringComparison.Ordinal);
        Assert.Contains("modprobe", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_one_device_file_is_missing_the_line_names_its_module_and_nothing_stays_open()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            Assert.Contains("CONFIG_XEN_XENBUS_FRONTEND", Assert.Throws<XenException>(() => LinuxHypervisor.Open(folder)).Message, StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder, "xenbus"), "");
            XenException missing = Assert.Throws<XenException>(() => LinuxHypervisor.Open(folder));
            Assert.Equal(XenError.NotXen, missing.Error);
            Assert.Contains($"{folder}/gntalloc is missing", missing.Message, StringComparison.Ordinal);
            Assert.Contains("modprobe xen-gntalloc", missing.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(
                Directory.EnumerateFiles("/proc/self/fd"), file => new FileInfo(file).LinkTarget?.StartsWith(folder, StringComparison.Ordinal) == true);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(Errno.AccessDenied, XenError.NotPermitted, "run as root")]
    [InlineData(Errno.NotPermitted, XenError.NotPermitted, "run as root")]
    [InlineData(Errno.NoDevice, XenError.NotXen, "modprobe xen-evtchn")]
    [InlineData(Errno.Busy, XenError.CallFailed, "netstack doctor")]
    public void A_device_file_that_does_not_open_is_one_line_with_what_to_do(int error, XenError expected, string advice)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        XenException failure = XenFailure.OfOpen(folder, "evtchn", "xen-evtchn", error);
        Directory.Delete(folder);
        Assert.Equal(expected, failure.Error);
        Assert.Equal(error, failure.ErrorNumber);
        Assert.Contains(folder + "/evtchn", failure.Message, StringComparison.Ordinal);
        Assert.Contains(advice, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }
}
