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
        List<Point> points =
            [.. meter.Plan.Decades(MostListeners).Select(listeners => meter.Measure("listeners", listeners, new ConnectionAttempts(listeners)))];
        yield return new Curve(
            "listeners", "A connection attempt: SYN, our SYN,ACK, and the peer's reset", "listening TCP ports, all visited at random", "ns",
            [new Series("attempt", points)]);
    }

    public static IEnumerable<Curve> MeasureRoutes(Meter meter)
    {
        List<Point> some = [];
        List<Point> all = [];
        foreach (int routes in meter.Plan.Decades(MostRoutes))
        {
            some.Add(meter.Measure("routes, 64 followed", routes, new RoutedPackets(routes, Math.Min(routes, Stage.WorkingSet))));
            all.Add(meter.Measure("routes, all followed", routes, new RoutedPackets(routes, routes)));
        }

        yield return new Curve(
            "routes", "A datagram of 46 bytes forwarded, from device to device", "routes", "ns",
            [new Series("64 of them followed", some), new Series("all of them followed at random", all, "beyond 1,024 late destinations the routes are asked")]);
    }

    public static IEnumerable<Curve> MeasureTimers(Meter meter)
    {
        List<Point> someMoved = [];
        List<Point> allMoved = [];
        List<Point> someExpired = [];
        List<Point> allExpired = [];
        foreach (int timers in meter.Plan.Decades(MostTimers))
        {
            int some = Math.Min(timers, Stage.WorkingSet);
            someMoved.Add(meter.Measure("timers, 64 moved", timers, new TimersMoved(timers, some)));
            allMoved.Add(meter.Measure("timers, all moved", timers, new TimersMoved(timers, timers)));
            someExpired.Add(meter.Measure("timers, 64 expire", timers, new TimersExpired(timers, some)));
            allExpired.Add(meter.Measure("timers, all expire", timers, new TimersExpired(timers, timers)));
        }

        yield return new Curve(
            "timers", "A timer of the wheel cancelled and armed anew, or expired and armed anew", "armed timers", "ns",
            [
                new Series("64 of them moved", someMoved),
                new Series("all of them moved at random", allMoved, Caches),
                new Series("64 of them expire", someExpired),
                new Series("all of them expire", allExpired, Caches),
            ]);
    }
}
