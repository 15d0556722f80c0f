using System.Globalization;
using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>A path with a narrow place behind the next hop, of which only the router's errors tell.</summary>
public sealed class PathMtuTests
{
    private const long Bytes = 20_000_000;
    private const string Client = "10.10.0.2";

    [TapFact]
    [Trait("RFC", "1191")]
    [Trait("RFC", "5927")]
    public async Task A_transfer_learns_from_the_kernel_as_router_what_the_path_takes()
    {
        using ServedNetwork network = await ServedNetwork.StartAsync("--http", "--gateway", ServedNetwork.Kernels);
        using NetworkNamespace beyond = await NetworkNamespace.CreateAsync();

        // The client's end takes 1,500 bytes, so that its segment size tells of nothing; the router's end of the cable does not.
        await network.PipelineAsync(
            $"ip link add near mtu 1300 type veth peer name far netns {beyond.Name} && ip link set near up && "
            + "ip address add 10.10.0.1/24 dev near && sysctl -qw net.ipv4.ip_forward=1");
        (await beyond.ShellAsync(
            $"ip link set far mtu 1500 up && ip address add {Client}/24 dev far && ip route add default via 10.10.0.1")).Succeeded();

        ProcessOutcome got = (await beyond.ShellAsync(
            $"curl -sSf -m 60 http://{ServedNetwork.Ours}/bytes/{Bytes} | sha256sum", TimeSpan.FromSeconds(90))).Succeeded();

        Assert.Equal($"{DocumentedBytes.HashOf(Bytes)}  -", got.Output.Trim());
        string refused = await network.PipelineAsync("awk '/^Ip:/ { if (n) print $n; else for (n = NF; $n != \"FragFails\"; n--); }' /proc/net/snmp");

        // At least the first full segment, at most what was on its way when the router's error came.
        Assert.InRange(int.Parse(refused, CultureInfo.InvariantCulture), 1, 100);
        await network.SettledAsync();
        await network.StopAsync();
    }
}
