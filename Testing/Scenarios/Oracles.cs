using NetStack.Core;

namespace NetStack.Testing;

/// <summary>The laws that every simulation obeys once its applications are done, whatever its links did.</summary>
public static class Oracles
{
    // What a host drops of its own packets. Everything else it drops is a frame that it received.
    private static readonly DropReason[] OwnPackets =
    [
        DropReason.PoolExhausted, DropReason.TransmitRingFull, DropReason.DeviceTransmitFailed,
        DropReason.NeighborUnreachable, DropReason.NeighborQueueFull, DropReason.NoRoute, DropReason.PacketTooBig,
    ];

    /// <summary>Fails where a host or a link of a finished simulation breaks a law.</summary>
    /// <param name="simulation">A simulation without open connections.</param>
    /// <exception cref="OracleException">Buffers, connections, timers or frames are left, or counters do not balance.</exception>
    public static void VerifyFinished(Simulation simulation)
    {
        IReadOnlyList<string> violations = FindViolations(simulation);
        if (violations.Count > 0)
        {
            throw new OracleException(string.Join("; ", violations));
        }
    }

    /// <summary>Lists the laws that a finished simulation breaks.</summary>
    public static IReadOnlyList<string> FindViolations(Simulation simulation)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        List<string> violations = [];
        foreach (SimulatedHost host in simulation.Hosts)
        {
            FindLeftovers(host, violations);
            FindImbalance(host, violations);
        }

        foreach (SimulatedLink link in simulation.Links)
        {
            FindImbalance(link.LeftToRight, violations);
            FindImbalance(link.RightToLeft, violations);
        }

        return violations;
    }

    /// <summary>The frames a host received and then dropped.</summary>
    public static long CountReceivedDrops(Counters counters)
    {
        ArgumentNullException.ThrowIfNull(counters);
        long drops = counters.TotalDrops;
        foreach (DropReason reason in OwnPackets)
        {
            drops -= counters[reason];
        }

        return drops;
    }

    private static void FindLeftovers(SimulatedHost host, List<string> violations)
    {
        if (host.Pool.OutstandingBlocks != 0 || host.Pool.OutstandingSlices != 0)
        {
            violations.Add(FormattableString.Invariant(
                $"{host}: {host.Pool.OutstandingBlocks} blocks and {host.Pool.OutstandingSlices} slices are not returned ({host.Pool.DescribeOutstanding()})"));
        }

        if (host.Tcp.ConnectionCount != 0 || host.Tcp.TimeWaitCount != 0)
        {
            violations.Add(FormattableString.Invariant(
                $"{host}: {host.Tcp.ConnectionCount} connections are left, {host.Tcp.TimeWaitCount} in TIME-WAIT"));
        }

        if (host.Tcp.HeldBytes != 0)
        {
            violations.Add(FormattableString.Invariant($"{host}: {host.Tcp.HeldBytes} bytes are charged to connections"));
        }

        if (host.Timers.Count != 0)
        {
            violations.Add(FormattableString.Invariant($"{host}: {host.Timers.Count} timers are left, the next at {host.Timers.NextDeadline}"));
        }
    }

    private static void FindImbalance(SimulatedHost host, List<string> violations)
    {
        long received = host.Counters[Counter.FramesReceived];
        long delivered = host.Counters[Counter.FramesDelivered];
        long dropped = CountReceivedDrops(host.Counters);
        if (received != delivered + dropped)
        {
            violations.Add(FormattableString.Invariant(
                $"{host}: {received} frames received, but {delivered} delivered and {dropped} dropped ({DescribeDrops(host.Counters)})"));
        }
    }

    private static void FindImbalance(LinkDirection direction, List<string> violations)
    {
        if (!direction.Counters.IsBalanced || direction.Counters.InFlight != 0)
        {
            violations.Add($"{direction.Name}: frames are left or lost without account ({direction.Counters})");
        }
    }

    private static string DescribeDrops(Counters counters) => string.Join(
        ", ", Enum.GetValues<DropReason>().Where(reason => counters[reason] != 0).Select(reason => $"{reason} {counters[reason]}"));
}
