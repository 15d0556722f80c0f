using System.Diagnostics;

namespace NetStack.Cli.Verbs.Bench;

/// <summary>Runs a workload in rounds and measures each.</summary>
internal static class BenchRun
{
    /// <summary>The turns between two looks at the clock.</summary>
    private const int TurnsAtATime = 32;

    public static BenchRow Measure(string name, IWorkload workload, in BenchPlan plan)
    {
        if (plan.Packets is null)
        {
            // Until the code is compiled as far as it ever is, and the tables have the size they keep.
            RunFor(workload, TimeSpan.FromSeconds(plan.Seconds));
        }

        BenchRound[] rounds = new BenchRound[plan.Rounds];

        // The first look at the clock finds the system's function, and allocates.
        _ = ThreadCpuClock.Seconds;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        int collections = GC.CollectionCount(0);
        for (int i = 0; i < rounds.Length; i++)
        {
            rounds[i] = RunRound(workload, plan);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        collections = GC.CollectionCount(0) - collections;
        if (workload.Fault is { } fault)
        {
            throw CommandFailure.Failed($"bench {name}: {fault}");
        }

        Array.Sort(rounds, static (left, right) => left.NanosecondsPerPacket.CompareTo(right.NanosecondsPerPacket));
        BenchRound median = rounds[rounds.Length / 2];
        return new BenchRow(
            name, rounds.Sum(round => round.Packets), rounds.Sum(round => round.Bytes), rounds.Sum(round => round.CpuSeconds),
            median.NanosecondsPerPacket, rounds[0].NanosecondsPerPacket, rounds[^1].NanosecondsPerPacket, median.Packets / median.CpuSeconds / 1e6,
            median.Bytes * 8 / median.CpuSeconds / 1e9, allocated, collections, workload.Remark);
    }

    private static BenchRound RunRound(IWorkload workload, in BenchPlan plan)
    {
        long packets = workload.Packets;
        long bytes = workload.Bytes;
        double start = ThreadCpuClock.Seconds;
        if (plan.Packets is { } count)
        {
            while (workload.Packets - packets < count && workload.Fault is null)
            {
                workload.Turn();
            }
        }
        else
        {
            RunFor(workload, TimeSpan.FromSeconds(plan.Seconds));
        }

        return new BenchRound(workload.Packets - packets, workload.Bytes - bytes, ThreadCpuClock.Seconds - start);
    }

    private static void RunFor(IWorkload workload, TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time && workload.Fault is null)
        {
            for (int i = 0; i < TurnsAtATime; i++)
            {
                workload.Turn();
            }
        }
    }
}
