using NetStack.Growth.Curves;
using NetStack.Growth.Work;

namespace NetStack.Growth.Sweeps;

/// <summary>What is looked up costs, by the number of listeners, routes and timers.</summary>
internal static class TableSweep
{
    private const int MostListeners = 10_000;
    private const int MostRoutes = 10_000;
    private const int MostTimers = 1_000_000;
    private const string Caches = "the caches do not hold them all";

    public static IEnumerable<Curve> MeasureListeners(Meter meter)
    {
        List<Point> points = meter.Measure("listeners", meter.Plan.Decades(MostListeners), listeners => new ConnectionAttempts(listeners));
        yield return new Curve(
            "listeners", "A connection attempt: SYN, our SYN,ACK, and the peer's reset", "listening TCP ports, all visited at random", "ns",
            [new Series("attempt", points)]);
    }

    public static IEnumerable<Curve> MeasureRoutes(Meter meter)
    {
        int[] places = [.. meter.Plan.Decades(MostRoutes)];
        List<Point> some = meter.Measure("routes, 64 followed", places, routes => new RoutedPackets(routes, Some(routes)));
        List<Point> all = meter.Measure("routes, all followed", places, routes => new RoutedPackets(routes, routes));
        yield return new Curve(
            "routes", "A datagram of 46 bytes forwarded, from device to device", "routes", "ns",
            [new Series("64 of them followed", some), new Series("all of them followed at random", all, "beyond 1,024 late destinations the routes are asked")]);
    }

    public static IEnumerable<Curve> MeasureTimers(Meter meter)
    {
        int[] places = [.. meter.Plan.Decades(MostTimers)];
        List<Point> someMoved = meter.Measure("timers, 64 moved", places, timers => new TimersMoved(timers, Some(timers)));
        List<Point> allMoved = meter.Measure("timers, all moved", places, timers => new TimersMoved(timers, timers));
        List<Point> someExpired = meter.Measure("timers, 64 expire", places, timers => new TimersExpired(timers, Some(timers)));
        List<Point> allExpired = meter.Measure("timers, all expire", places, timers => new TimersExpired(timers, timers));
        yield return new Curve(
            "timers-moved", "A timer of the wheel cancelled and armed anew", "armed timers", "ns",
            [new Series("64 of them moved", someMoved), new Series("all of them moved at random", allMoved, Caches)]);
        yield return new Curve(
            "timers-expired", "A timer of the wheel expired and armed anew", "armed timers", "ns",
            [new Series("64 of them expire", someExpired), new Series("all of them expire", allExpired, Caches)]);
    }

    private static int Some(int all) => Math.Min(all, Stage.WorkingSet);
}
