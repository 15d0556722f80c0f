using System.Security.Cryptography;
using NetStack.Core;
using NetStack.Drivers.Pcap;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Testing.Tests;

public class ScenarioTests
{
    private const ushort Port = 7;

    [Fact]
    public void A_failure_tells_seed_and_conditions_and_leaves_the_frames_behind()
    {
        string path = CaptureFolder.PathOf("deliberate failure", 4711);
        File.Delete(path);

        ScenarioFailedException failure = Assert.Throws<ScenarioFailedException>(() => Scenario.Run("deliberate failure", 4711, simulation =>
        {
            Probe(simulation, new LinkConditions { Latency = Duration.FromMilliseconds(3), Loss = 0.25 });
            throw new OracleException("as wanted");
        }));

        Assert.Contains("as wanted", failure.Message, StringComparison.Ordinal);
        Assert.Contains("seed 4711", failure.Message, StringComparison.Ordinal);
        Assert.Contains("latency 3 ms, loss 0.25", failure.Message, StringComparison.Ordinal);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains("4711", Path.GetFileName(path), StringComparison.Ordinal);
        Assert.DoesNotContain("deterministic", failure.Message, StringComparison.Ordinal);
        Assert.True(CountFrames(path) > 0);
        File.Delete(path);
    }

    [Fact]
    public void A_scenario_that_takes_another_course_the_second_time_is_told_from_one_that_does_not()
    {
        int runs = 0;
        ScenarioFailedException failure = Assert.Throws<ScenarioFailedException>(
            () => Scenario.Run("moody failure", 1, _ => throw new OracleException($"run {++runs}")));

        Assert.Contains("not deterministic", failure.Message, StringComparison.Ordinal);
        File.Delete(CaptureFolder.PathOf("moody failure", 1));
    }

    [Fact]
    public void A_success_records_nothing_and_returns_its_result()
    {
        int answers = Scenario.Run("well", 5, simulation => Probe(simulation, LinkConditions.Perfect));

        Assert.Equal(50, answers);
        Assert.False(File.Exists(CaptureFolder.PathOf("well", 5)));
    }

    [Fact]
    public void A_recording_holds_each_frame_as_sent_and_as_arrived()
    {
        using MemoryStream stream = new();
        Simulation simulation;
        using (CaptureSink sink = new(stream, leaveOpen: true))
        {
            simulation = new Simulation(6, sink);
            Probe(simulation, new LinkConditions { Loss = 0.2, Duplication = 0.2 });
        }

        stream.Position = 0;
        LinkCounters there = simulation.Links[0].LeftToRight.Counters;
        LinkCounters back = simulation.Links[0].RightToLeft.Counters;
        Assert.True(there.Lost > 0 && there.Duplicated > 0);
        Assert.Equal(there.Offered + there.Arrived + back.Offered + back.Arrived, CountFrames(stream));
    }

    [Fact]
    public void One_seed_gives_the_same_recording_to_the_bit_and_another_seed_another()
    {
        Assert.Equal(HashOfRun(9), HashOfRun(9));
        Assert.NotEqual(HashOfRun(9), HashOfRun(10));
    }

    private static string HashOfRun(ulong seed)
    {
        using MemoryStream stream = new();
        using (CaptureSink sink = new(stream, leaveOpen: true))
        {
            Probe(new Simulation(seed, sink), new LinkConditions { Loss = 0.2, Duplication = 0.2, Corruption = 0.2, Jitter = Duration.FromMilliseconds(5) });
        }

        return Convert.ToHexString(SHA256.HashData(stream.ToArray()));
    }

    private static int Probe(Simulation simulation, LinkConditions conditions)
    {
        HostPair pair = HostPair.Make(simulation, conditions);
        EchoProber prober = new(new StreamContent(1), 300);
        pair.Server.Bind(Port, new EchoResponder());
        pair.Client.Bind(0, prober);
        for (int i = 0; i < 50; i++)
        {
            prober.Probe(pair.ServerEndPoint(Port), simulation.Now);
            simulation.Run(Duration.FromMilliseconds(20));
        }

        simulation.Run(Duration.FromSeconds(5));
        return prober.Answers.Count;
    }

    private static int CountFrames(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return CountFrames(stream);
    }

    private static int CountFrames(Stream stream)
    {
        using CaptureReader reader = CaptureReader.Open(stream, leaveOpen: true);
        int count = 0;
        while (reader.TryRead(out _))
        {
            count++;
        }

        return count;
    }
}
