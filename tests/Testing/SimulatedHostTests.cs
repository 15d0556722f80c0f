using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Testing.Tests;

public class SimulatedHostTests
{
    private const ushort Port = 7;
    private static readonly Duration Minute = Duration.FromSeconds(60);

    [Theory]
    [InlineData(DeviceMedium.Ethernet)]
    [InlineData(DeviceMedium.Ip)]
    public void A_datagram_is_answered_after_one_round_trip(DeviceMedium medium)
    {
        Simulation simulation = new(3);
        HostPair pair = HostPair.Make(
            simulation, new LinkConditions { Latency = Duration.FromMilliseconds(25) }, ends: new LinkEndOptions { Medium = medium });
        EchoProber prober = new(new StreamContent(1), 512);
        pair.Server.Bind(Port, new EchoResponder());
        pair.Client.Bind(0, prober);
        simulation.At(Instant.Origin + Minute, now => prober.Probe(pair.ServerEndPoint(Port), now));
        simulation.At(Instant.Origin + Minute + Minute, now => prober.Probe(pair.ServerEndPoint(Port), now));
        Assert.True(simulation.RunUntil(() => prober.Answers.Count == 2, Minute * 3));

        // The first pays for ARP as well.
        Assert.Equal((medium == DeviceMedium.Ethernet ? 100 : 50) + 60_000, prober.Answers[0].Milliseconds);
        Assert.Equal(50 + 120_000, prober.Answers[1].Milliseconds);
    }

    [Fact]
    public void Corrupted_datagrams_are_all_detected_and_everything_is_accounted_for()
    {
        Simulation simulation = new(4);
        HostPair pair = HostPair.Make(simulation, new LinkConditions { Corruption = 0.3, Duplication = 0.1, Loss = 0.1 });
        EchoProber prober = new(new StreamContent(2), 900);
        EchoResponder responder = new();
        UdpEndpoint listening = pair.Server.Bind(Port, responder);
        UdpEndpoint probing = pair.Client.Bind(0, prober);
        for (int i = 1; i <= 1000; i++)
        {
            simulation.At(Instant.Origin + (Minute * i), now => prober.Probe(pair.ServerEndPoint(Port), now));
        }

        simulation.Run(Minute * 1001);
        listening.Close();
        probing.Close();
        simulation.RunToRest();

        Assert.InRange(prober.Answers.Count, 200, 600);
        Assert.True(pair.Link.LeftToRight.Counters.Corrupted > 100);
        Oracles.VerifyFinished(simulation);
    }

    [Fact]
    public void A_host_without_memory_for_a_frame_loses_it_and_goes_on()
    {
        Simulation simulation = new(5);
        HostPair pair = HostPair.Make(
            simulation, new LinkConditions { Latency = Duration.FromMilliseconds(1) }, options: new SimulatedHostOptions { PoolBlocks = 16 });
        EchoProber prober = new(new StreamContent(3), 100);
        pair.Server.Bind(Port, new EchoResponder());
        pair.Client.Bind(0, prober);
        simulation.Run(Minute);
        prober.Probe(pair.ServerEndPoint(Port), simulation.Now);
        List<PacketBuffer> hoard = [];
        simulation.Run(Duration.FromMilliseconds(1));
        while (pair.Server.Pool.TryLease() is { } block)
        {
            hoard.Add(block);
        }

        simulation.Run(Duration.FromMilliseconds(100));
        Assert.Empty(prober.Answers);
        Assert.True(pair.Link.LeftToRight.Counters.ReceiverFull > 0);

        hoard.ForEach(pair.Server.Pool.Return);
        prober.Probe(pair.ServerEndPoint(Port), simulation.Now);
        Assert.True(simulation.RunUntil(() => prober.Answers.Count > 0, Minute));
    }

    [Fact]
    public void A_host_sleeps_when_there_is_nothing_to_do()
    {
        Simulation simulation = new(6);
        HostPair pair = HostPair.Make(simulation, LinkConditions.Perfect);
        simulation.RunToSilence(Minute);
        long turns = pair.Client.TurnCount;
        simulation.Run(Minute * 60);

        Assert.InRange(pair.Client.TurnCount - turns, 0, 1);
    }
}
