using NetStack.Cli.Verbs.Bench;
using NetStack.Ethernet;
using NetStack.Growth.Curves;

namespace NetStack.Growth.Sweeps;

/// <summary>Measures points of curves in processor time of this thread.</summary>
internal sealed class Meter(GrowthPlan plan, TextWriter progress)
{
    private const double CompilingSeconds = 1;

    private readonly HashSet<Type> _compiled = [];

    /// <summary>The plan.</summary>
    public GrowthPlan Plan => plan;

    /// <summary>Measures the nanoseconds of a packet, or whatever the workload counts as one.</summary>
    /// <param name="what">What is measured, for those who wait.</param>
    /// <param name="x">The place on the curve.</param>
    /// <param name="workload">The work. It is disposed.</param>
    public Point Measure(string what, double x, IWorkload workload)
    {
        Tell(what, x);
        using (workload)
        {
            if (_compiled.Add(workload.GetType()))
            {
                // Until the runtime has compiled the code of this kind of work as far as it ever does.
                BenchRun.Measure(what, workload, new BenchPlan(CompilingSeconds, null, 1, EthernetPort.BurstFrames));
            }

            BenchRow row = BenchRun.Measure(what, workload, new BenchPlan(plan.Seconds, null, plan.Rounds, EthernetPort.BurstFrames));
            return new Point(x, row.NanosecondsPerPacket, row.BestNanosecondsPerPacket, row.WorstNanosecondsPerPacket);
        }
    }

    /// <summary>Tells those who wait what is measured now.</summary>
    public void Tell(string what, double x) => progress.WriteLine(FormattableString.Invariant($"{what}: {x}"));
}
