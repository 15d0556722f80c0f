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
        int[] places = [.. meter.Plan.Decades(Most)];
        Dictionary<int, ConnectionCrowd> crowds = [];
        foreach (int connections in places)
        {
            meter.Tell($"connections are established: {connections}");
            crowds.Add(connections, new ConnectionCrowd(connections, seed: 1));
        }

        List<Point> some = meter.Measure(
            "connections, 64 visited", places, place => new CrowdVisits(crowds[place], Math.Min(place, Stage.WorkingSet)));
        List<Point> all = meter.Measure("connections, all visited", places, place => new CrowdVisits(crowds[place], place));
        List<Point> bytes = [.. places.Where(place => place >= FewestWeighed).Select(place => Weigh(crowds[place]))];
        foreach (ConnectionCrowd crowd in crowds.Values)
        {
            crowd.Dispose();
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
                "connection-bytes", "The managed memory of an idle connection", "established connections", "bytes", [new Series("idle", bytes)],
                Clock: "what the managed heap grew by");
        }
    }

    private static Point Weigh(ConnectionCrowd crowd) => Point.Of(crowd.Count, [(double)crowd.HeapBytes / crowd.Count]);
}
