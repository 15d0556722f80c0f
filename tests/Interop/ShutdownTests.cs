using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>Signals end the server in order, whatever goes on.</summary>
public sealed class ShutdownTests
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [TapTheory]
    [InlineData(Terminate)]
    [InlineData(Interrupt)]
    public async Task A_signal_in_the_middle_of_transfers_ends_the_server_in_time(int signal)
    {
        using ServedNetwork network = await ServedNetwork.StartAsync("--http", "--echo", "--discard", "--chargen");
        using RunningProcess get = network.Space.Start("curl", ["-sS", "-o", "/dev/null", $"http://{ServedNetwork.Ours}/bytes/1000000000000"]);
        using RunningProcess post = network.Space.Start("curl", ["-sS", "-o", "/dev/null", "-X", "POST", "-T", "/dev/zero", $"http://{ServedNetwork.Ours}/echo"]);
        using Socket idle = network.Connect(80);
        using Socket halfARequest = network.Connect(80);
        halfARequest.Send("GET / HT"u8);
        using Socket chargen = network.Connect(19);
        using Socket echo = network.Connect(7);
        echo.Send("something"u8);
        byte[] buffer = new byte[65_536];
        Assert.NotEqual(0, echo.Receive(buffer));
        await FlowingAsync(network);

        Stopwatch ending = Stopwatch.StartNew();
        ProcessOutcome outcome = await network.Server.Process.SignalAsync(signal);
        Assert.True(ending.Elapsed < Limit, $"It took {ending.Elapsed} to end.");
        ServedNetwork.AssertClean(outcome);

        // The clients are told.
        Assert.NotEqual(0, (await get.WaitAsync(Limit * 6)).ExitCode);
        Assert.NotEqual(0, (await post.WaitAsync(Limit * 6)).ExitCode);
    }

    [TapFact]
    public async Task A_server_can_be_started_again_on_the_same_device_at_once()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", $"{ServedNetwork.Kernels}/24", queues: NetstackCommand.Queues);
        for (int start = 0; start < 3; start++)
        {
            using RunningProcess server = NetstackCommand.Start(
                space, ["serve", "--if", "tap:tap0", "--ip", $"{ServedNetwork.Ours}/24", "--http"]);
            await server.WaitForLineAsync("^ready ", NetstackCommand.ReadyTimeout);
            ProcessOutcome page = (await space.RunAsync("curl", ["-sSf", $"http://{ServedNetwork.Ours}/plaintext"])).Succeeded();
            Assert.Equal("Hello, World!", page.Output.TrimEnd());
            ServedNetwork.AssertClean(await server.StopAsync());
        }
    }

    /// <summary>Waits until both transfers have moved some megabytes.</summary>
    private static async Task FlowingAsync(ServedNetwork network)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (true)
        {
            ServerStatistics now = await network.StatisticsAsync();
            if (now.Counters["bytesReceived"] > 5_000_000 && now.Counters["bytesTransmitted"] > 5_000_000)
            {
                return;
            }

            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), "The transfers did not get going.");
            await Task.Delay(50);
        }
    }
}
