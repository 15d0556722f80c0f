using NetStack.Growth.Curves;
using NetStack.Growth.Work;
using NetStack.Workloads;

namespace NetStack.Growth.Sweeps;

/// <summary>What a segment costs, and what an idle connection takes, by the number of connections.</summary>
internal static class ConnectionSweep
{
    private const int Most = 1_000_000;

    /// <summary>With fewer, what the heap holds besides tells nothing of one.</summary>
    private const int FewestWeighed = 1000;

    public static IEnumerable<Curve> Measure(Meter meter)
    {
        List<Point> some = [];
        List<Point> all = [];
        List<Point> bytes = [];
        foreach (int connections in meter.Plan.Decades(Most))
        {
            meter.Tell("connections established", connections);
            using ConnectionCrowd crowd = new(connections, seed: 1);
            all.Add(meter.Measure("connections, all visited", connections, new CrowdVisits(crowd)));
            crowd.Visit(Math.Min(connections, Stage.WorkingSet), seed: 2);
            some.Add(meter.Measure("connections, 64 visited", connections, new CrowdVisits(crowd)));
            if (connections >= FewestWeighed)
            {
                double each = (double)crowd.HeapBytes / connections;
                bytes.Add(new Point(connections, each, each, each));
            }
        }

        yield return new Curve(
            "connections", "An acknowledgment of 52 bytes, from the device through its connection", "established connections", "ns",
            [
                new Series("64 of them visited", some),
                new Series("all of them visited at random", all, "the caches do not hold them all"),
            ]);
        if (bytes.Count > 0)
        {
            yield return new Curve(
                "connection-bytes", "The managed memory of an idle connection", "established connections", "bytes", [new Series("idle", bytes)]);
        }
    }
}
