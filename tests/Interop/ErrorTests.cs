using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>What is asked for wrongly, or cannot be had, ends with one clear line and the documented exit code.</summary>
public sealed class ErrorTests
{
    private const int Failed = 1;
    private const int Usage = 2;
    private const int Missing = 3;

    [Theory]
    [InlineData(Usage, "--frobnicate", "serve --frobnicate")]
    [InlineData(Usage, "juggle", "juggle")]
    [InlineData(Usage, "--if", "serve --ip 10.9.0.2/24 --http")]
    [InlineData(Usage, "--ip", "serve --if tap:tap0 --http")]
    [InlineData(Usage, "10.9.0.2", "serve --if tap:tap0 --ip 10.9.0.2")]
    [InlineData(Usage, "10.9.0.300/24", "serve --if tap:tap0 --ip 10.9.0.300/24")]
    [InlineData(Usage, "10.9.0.2/33", "serve --if tap:tap0 --ip 10.9.0.2/33")]
    [InlineData(Usage, "10.9.0.255/24", "serve --if tap:tap0 --ip 10.9.0.255/24")]
    [InlineData(Usage, "--gateway", "serve --if tap:tap0 --ip 10.9.0.2/24 --gateway 10.8.0.1")]
    [InlineData(Usage, "--mac", "serve --if tap:tap0 --ip 10.9.0.2/24 --mac 01:00:00:00:00:01")]
    [InlineData(Usage, "--mtu", "serve --if tap:tap0 --ip 10.9.0.2/24 --mtu 12")]
    [InlineData(Usage, "--http", "serve --if tap:tap0 --ip 10.9.0.2/24 --http 65536")]
    [InlineData(Usage, "--http", "serve --if tap:tap0 --ip 10.9.0.2/24 --http web")]
    [InlineData(Usage, "name", "serve --if tap:a-name-that-is-too-long --ip 10.9.0.2/24")]
    [InlineData(Usage, "wire:eth0", "serve --if wire:eth0 --ip 10.9.0.2/24")]
    [InlineData(Missing, "/nowhere", "serve --if pcap:/nowhere/capture.pcap --ip 10.9.0.2/24")]
    [InlineData(Failed, "/nowhere", "serve --if sim --ip 10.9.0.2/24 --pcap /nowhere/capture.pcapng")]
    [InlineData(Failed, "in use", "serve --if sim --ip 10.9.0.2/24 --http 7 --echo 7")]
    [InlineData(Failed, "/nowhere", "inspect /nowhere/capture.pcap")]
    [InlineData(Usage, "/proc/self/status", "inspect /proc/self/status")]
    [InlineData(Usage, "--dns", "get http://www.example.test/ --if sim --ip 10.9.0.2/24")]
    [InlineData(Usage, "gopher", "get gopher://www.example.test/ --if sim --ip 10.9.0.2/24")]
    [InlineData(Usage, "--dns", "resolve www.example.test --if sim --ip 10.9.0.2/24")]
    [InlineData(Usage, "--type", "resolve www.example.test --type ZZZ --if sim --ip 10.9.0.2/24 --dns 10.9.0.1")]
    [InlineData(Usage, "-c", "ping 10.9.0.1 -c none --if sim --ip 10.9.0.2/24")]
    public async Task A_mistake_is_one_line_and_an_exit_code(int exitCode, string fragment, string arguments) =>
        AssertLine.Is(await NetstackCommand.RunAsync(arguments.Split(' ')), exitCode, fragment);

    [TapFact]
    public async Task A_device_that_another_stack_has_is_busy()
    {
        using ServedNetwork network = await ServedNetwork.StartAsync("--http");
        ProcessOutcome second = await NetstackCommand.RunAsync(network.Space, ["serve", "--if", "tap:tap0", "--ip", "10.9.0.3/24", "--http"]);
        AssertLine.Is(second, Missing, "tap0");

        // And the first did not notice.
        Assert.Equal(1, (await network.StatisticsAsync()).OpenConnections);
        await network.StopAsync();
    }

    [TapFact]
    public async Task A_device_may_not_be_made_without_the_right()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        AssertLine.Is(await WithoutRightsAsync(space, "new0"), Missing, "new0");
    }

    [TapFact]
    public async Task A_device_of_another_user_may_not_be_opened_without_the_right()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.IpAsync("tuntap add dev theirs0 mode tap user 12345");
        AssertLine.Is(await WithoutRightsAsync(space, "theirs0"), Missing, "theirs0");
    }

    [TapFact]
    public async Task An_interface_that_is_no_tap_is_refused()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.IpAsync("link add dev bridge0 type bridge");
        ProcessOutcome outcome = await NetstackCommand.RunAsync(space, ["serve", "--if", "tap:bridge0", "--ip", "10.9.0.2/24"]);
        AssertLine.Is(outcome, Missing, "bridge0");
    }

    [TapTheory]
    [InlineData(1, "2", "multi_queue")]
    [InlineData(2, "1", "two or more")]
    public async Task A_device_made_for_another_number_of_queues_is_refused(int made, string wanted, string fragment)
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", $"{ServedNetwork.Kernels}/24", queues: made);
        ProcessOutcome outcome = await NetstackCommand.RunAsync(
            space, ["serve", "--if", "tap:tap0", "--ip", "10.9.0.2/24", "--queues", wanted]);
        AssertLine.Is(outcome, Missing, fragment);
    }

    [TapFact]
    public async Task A_device_that_is_deleted_ends_the_server()
    {
        using ServedNetwork network = await ServedNetwork.StartAsync("--http");
        await network.Space.IpAsync("link delete dev tap0");
        AssertLine.Is(await network.Server.Process.WaitAsync(TimeSpan.FromSeconds(30)), Missing, "tap0");
    }

    /// <summary>Runs a server as a user who may nothing: without any capability, even root may only what files allow.</summary>
    private static Task<ProcessOutcome> WithoutRightsAsync(NetworkNamespace space, string tap)
    {
        (string program, string[] before) = NetstackCommand.Locate();
        return space.RunAsync(
            "setpriv",
            ["--bounding-set", "-all", "--inh-caps", "-all", program, .. before, "serve", "--if", $"tap:{tap}", "--ip", "10.9.0.2/24"]);
    }
}
