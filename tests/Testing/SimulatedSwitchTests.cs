using NetStack.Core;
using NetStack.IP;

namespace NetStack.Testing.Tests;

public class SimulatedSwitchTests
{
    private const ushort Port = 7;

    [Fact]
    public void Hosts_on_a_switch_reach_each_other_and_hear_nothing_of_the_others_talk()
    {
        Simulation simulation = new(8);
        SimulatedSwitch network = simulation.AddSwitch("switch");
        List<SimulatedHost> hosts = [];
        List<EchoProber> probers = [];
        for (int i = 0; i < 5; i++)
        {
            SimulatedHost host = simulation.AddHost($"host{i}");
            SimulatedLink link = network.AddLink(new LinkConditions { Latency = Duration.FromMilliseconds(1) });
            host.Attach(link.Left, new IpPrefix(IpAddress.Parse($"10.0.0.{i + 1}"), 24));
            EchoProber prober = new(new StreamContent((ulong)i), 200);
            host.Bind(Port, new EchoResponder());
            host.Bind(0, prober);
            hosts.Add(host);
            probers.Add(prober);
        }

        simulation.Run(Duration.FromSeconds(1));
        for (int round = 0; round < 10; round++)
        {
            for (int from = 0; from < 4; from++)
            {
                probers[from].Probe(new IpEndPoint(hosts[(from + 1) % 4].Address, Port), simulation.Now);
            }

            simulation.Run(Duration.FromMilliseconds(50));
        }

        Assert.All(probers.Take(4), prober => Assert.Equal(10, prober.Answers.Count));
        // The fifth host hears broadcasts, but none of the datagrams.
        Assert.Equal(0, hosts[4].Counters[DropReason.EthernetNotForUs]);
        Assert.True(network.Flooded > 0);
        Assert.True(network.Forwarded >= 80);
        simulation.RunToRest();
        Oracles.VerifyFinished(simulation);
    }
}
