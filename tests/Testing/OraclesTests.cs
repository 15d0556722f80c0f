using NetStack.Core;

namespace NetStack.Testing.Tests;

public class OraclesTests
{
    [Fact]
    public void A_finished_network_without_faults_breaks_no_law()
    {
        Simulation simulation = Finished(out _);

        Assert.Empty(Oracles.FindViolations(simulation));
    }

    [Fact]
    public void A_buffer_that_was_not_returned_is_found()
    {
        Simulation simulation = Finished(out HostPair pair);
        PacketBuffer leaked = pair.Server.Pool.TryLease()!;

        string violation = Assert.Single(Oracles.FindViolations(simulation));
        Assert.StartsWith("server: 1 blocks and 0 slices", violation, StringComparison.Ordinal);
#if DEBUG
        Assert.Contains(nameof(A_buffer_that_was_not_returned_is_found), violation, StringComparison.Ordinal);
#endif
        pair.Server.Pool.Return(leaked);
    }

    [Fact]
    public void A_received_frame_without_account_is_found()
    {
        Simulation simulation = Finished(out HostPair pair);
        pair.Client.Counters.Increment(Counter.FramesReceived);

        Assert.StartsWith("client: ", Assert.Single(Oracles.FindViolations(simulation)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_timer_that_still_waits_is_found()
    {
        Simulation simulation = Finished(out HostPair pair);
        pair.Client.Timers.Schedule(new ApplicationTimer(_ => { }), simulation.Now + Duration.FromSeconds(1));

        Assert.Contains("1 timers", Assert.Single(Oracles.FindViolations(simulation)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_that_is_still_in_flight_is_found()
    {
        Simulation simulation = new(1);
        HostPair.Make(simulation, new LinkConditions { Latency = Duration.FromSeconds(10) });
        simulation.Run(Duration.FromSeconds(1));

        Assert.Contains(Oracles.FindViolations(simulation), violation => violation.Contains("in flight", StringComparison.Ordinal));
    }

    private static Simulation Finished(out HostPair pair)
    {
        Simulation simulation = new(1);
        pair = HostPair.Make(simulation, LinkConditions.Perfect);
        simulation.RunToRest();
        return simulation;
    }
}
