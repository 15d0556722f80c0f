using NetStack.Cli.Verbs.Bench;
using NetStack.Ethernet;
using NetStack.Growth.Curves;

namespace NetStack.Growth.Sweeps;

/// <summary>Measures lines of curves in processor time of this thread.</summary>
internal sealed class Meter(GrowthPlan plan, TextWriter progress)
{
    private const double CompilingSeconds = 0.4;

    /// <summary>The plan.</summary>
    public GrowthPlan Plan => plan;

    /// <summary>
    /// Measures the nanoseconds of a packet, or whatever the workload counts as one, at every place of a line. Round by round,
    /// all places in each: what else the machine does for a while must not become a bump of the line.
    /// </summary>
    /// <param name="what">What is measured, for those who wait.</param>
    /// <param name="places">The places.</param>
    /// <param name="make">Makes the work of a place.</param>
    public List<Point> Measure(string what, IEnumerable<int> places, Func<int, IWorkload> make)
    {
        List<(int Place, IWorkload Workload)> works = [];
        foreach (int place in places)
        {
            progress.WriteLine(FormattableString.Invariant($"{what}: {place}"));
            works.Add((place, make(place)));

            // Until the runtime has compiled the code as far as it ever does: some places have code of their own.
            Run(what, works[^1].Workload, CompilingSeconds);
        }

        double[][] rounds = [.. Enumerable.Range(0, plan.Rounds).Select(_ => works.Select(work => Run(what, work.Workload, plan.Seconds)).ToArray())];
        works.ForEach(work => work.Workload.Dispose());
        return [.. works.Select((work, index) => Point.Of(work.Place, rounds.Select(round => round[index])))];
    }

    /// <summary>Tells those who wait what is measured now.</summary>
    public void Tell(string what) => progress.WriteLine(what);

    // As long again before: others have had the caches meanwhile.
    private static double Run(string what, IWorkload workload, double seconds) =>
        BenchRun.Measure(what, workload, new BenchPlan(seconds, null, 1, EthernetPort.BurstFrames)).NanosecondsPerPacket;
}
