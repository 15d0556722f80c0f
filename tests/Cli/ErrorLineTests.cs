using NetStack.Peers;

namespace NetStack.Cli.Tests;

public class ErrorLineTests
{
    private const string Sim = "--if sim --ip 10.9.0.2/24";

    [Theory]
    [InlineData("", 2, "--help")]
    [InlineData("bogus", 2, "'bogus' is not known here")]
    [InlineData("ping", 2, "netstack ping --help")]
    [InlineData("ping --bogus 10.9.0.1", 2, "'--bogus' is not known here")]
    [InlineData("inspect --bogus", 2, "'--bogus' is not known here")]
    [InlineData("ping 10.9.0.1", 2, "no device is given; add --if")]
    [InlineData("ping 10.9.0.1 --if sim", 2, "no address is given; add --ip")]
    [InlineData("ping 10.9.0.1 --if xen:0 --ip 10.9.0.2/24", 3, "xen: /dev/xen")]
    [InlineData("ping 10.9.0.1 --if xen:x --ip 10.9.0.2/24", 2, "write xen:0")]
    [InlineData("ping 10.9.0.1 --if xen --ip 10.9.0.2/24 --xenoff sg --xenoff wings", 2, "--xenoff wings: there is no such feature; write sg, ")]
    [InlineData("ping 10.9.0.1 --if live:eth0 --ip 10.9.0.2/24", 3, "--if live:eth0: live devices are not built in yet")]
    [InlineData("ping 10.9.0.1 --if sim --ip dhcp", 2, "--ip dhcp: this is not available in this version")]
    [InlineData("ping 10.9.0.1 --if sim --ip slaac", 2, "--ip slaac: this is not available in this version")]
    [InlineData("ping host.example " + Sim, 2, "add --dns ADDR")]
    [InlineData("ping 10.9.0.1 -c 0 " + Sim, 2, "-c 0: write a whole number from 1")]
    [InlineData("ping 10.9.0.1 -i 0 " + Sim, 2, "-i 0: write a number of seconds")]
    [InlineData("ping 10.9.0.1 -s 65508 " + Sim, 2, "-s 65508: write a whole number from 0 to 65507")]
    [InlineData("serve --http 70000 " + Sim, 2, "--http 70000: write a whole number from 1 to 65535")]
    [InlineData("serve --https " + Sim, 2, "'--https' is not known here")]
    [InlineData("serve --echo 7 --discard 7 " + Sim, 1, "--discard 7: the port is in use")]
    [InlineData("serve --echo --pcap /no/such/folder/x.pcapng " + Sim, 1, "--pcap /no/such/folder/x.pcapng: the file cannot be written")]
    [InlineData("get ftp://10.9.0.1/ " + Sim, 2, "write http://HOST/PATH")]
    [InlineData("get http://host.example/ " + Sim, 2, "add --dns ADDR")]
    [InlineData("get http://10.9.0.1:81/ " + Sim, 1, "refused")]
    [InlineData("get http://10.9.0.1/missing " + Sim, 1, "the server answered 404")]
    [InlineData("get http://10.8.0.1/ " + Sim, 1, "nreachable")]
    [InlineData("resolve www.example.com " + Sim, 2, "no DNS server is given; add --dns")]
    [InlineData("resolve www.example.com --type BOGUS " + Sim, 2, "--type BOGUS: there is no such type")]
    [InlineData("resolve www.example.com --dns 10.9.0.1 " + Sim, 1, "no DNS server answered")]
    [InlineData("resolve a..b --dns 10.9.0.1 " + Sim, 2, "this is no name")]
    [InlineData("inspect /no/such/file", 1, "there is no such file")]
    [InlineData("inspect /", 1, "this is a folder")]
    [InlineData("bench bogus", 2, "there is no 'bogus'; choose of udp-echo")]
    [InlineData("bench --packets 0", 2, "--packets 0 is out of range; give 1 or more")]
    [InlineData("bench --seconds 0", 2, "--seconds 0 is out of range; give more than 0")]
    [InlineData("bench --rounds 0", 2, "--rounds 0 is out of range; give 1 to 1000")]
    [InlineData("bench --batch 0", 2, "--batch 0 is out of range; give 1 to")]
    [InlineData("serve --if pcap:/no/such/file --ip 10.9.0.2/24", 3, "there is no such file")]
    public async Task An_error_is_one_line_that_says_what_and_where_and_an_exit_code(string arguments, int exitCode, string text)
    {
        using WorkingFolder folder = new();

        ProcessOutcome outcome = await folder.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(exitCode, outcome.ExitCode);
        string line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("netstack: ", line, StringComparison.Ordinal);
        Assert.Contains(text, line, StringComparison.Ordinal);
        Assert.Equal("", outcome.Output);
    }

    [Fact]
    public async Task A_file_that_is_no_capture_is_a_usage_error()
    {
        using WorkingFolder folder = new();
        folder.Write("notes.txt", "no capture at all, but long enough to be looked at");

        ProcessOutcome outcome = await folder.RunAsync(["inspect", "notes.txt"]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("notes.txt", Assert.Single(outcome.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seed_is_warned_about()
    {
        using WorkingFolder folder = new();

        ProcessOutcome outcome = await folder.RunAsync(
            ["ping", "10.9.0.1", "-c", "1", "--if", "sim", "--ip", "10.9.0.2/24", "--seed", "7", "--quiet"]);

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("for tests only", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("serve --help")]
    [InlineData("--version")]
    public async Task Help_and_version_are_results(string arguments)
    {
        using WorkingFolder folder = new();

        ProcessOutcome outcome = await folder.RunAsync(arguments.Split(' '));

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("", outcome.Error);
        Assert.NotEqual("", outcome.Output);
    }
}
