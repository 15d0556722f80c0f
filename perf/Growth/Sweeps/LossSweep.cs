using NetStack.Cli.Verbs.Bench;
using NetStack.Core;
using NetStack.Growth.Curves;
using NetStack.Tcp;
using NetStack.Testing;

namespace NetStack.Growth.Sweeps;

/// <summary>What a bulk transfer reaches in simulated time, and what it costs, by the loss of the link.</summary>
internal static class LossSweep
{
    private const long TransferBytes = 8_000_000;
    private const int BufferBytes = 8 * 1024 * 1024;

    // At a tenth lost each way a peer takes many tries to answer: the connection must not fail for it.
    private const int Patience = 100;

    private const int CompilingTransfers = 20;

    private static readonly double[] _losses = [0, 0.0001, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1];

    public static IEnumerable<Curve> Measure(Meter meter)
    {
        List<Series> goodputs = [];
        List<Series> costs = [];
        foreach (string name in CongestionControl.Names)
        {
            meter.Tell($"loss, {name}");
            (double Goodput, double Cost)[][] rounds = Measure(meter.Plan.Rounds, name);
            goodputs.Add(new Series(
                name, MakePoints(rounds, round => round.Goodput), "what is lost is sent again, and windows shrink by it", IsSpeed: true));
            costs.Add(new Series(name, MakePoints(rounds, round => round.Cost)));
        }

        yield return new Curve(
            "loss-goodput", "Bulk TCP over a simulated link: 100 Mbit/s, 10 ms one way, 200 frames of queue", "percent of the frames lost, each way",
            "Mbit/s", goodputs, Clock: "simulated time");
        yield return new Curve(
            "loss-cost", "What that costs: both ends, the simulator and the check of all bytes", "percent of the frames lost, each way",
            "ns a byte", costs);
    }

    private static (double Goodput, double Cost)[][] Measure(int rounds, string name)
    {
        CongestionControl.TryFind(name, out Func<ulong, ICongestionController>? controller);
        for (int i = 0; i < CompilingTransfers; i++)
        {
            // Until the runtime has compiled it all.
            Transfer(controller!, loss: 0.01, seed: 1);
        }

        return [.. Enumerable.Range(1, rounds).Select(seed => _losses.Select(loss => Transfer(controller!, loss, (ulong)seed)).ToArray())];
    }

    private static List<Point> MakePoints((double Goodput, double Cost)[][] rounds, Func<(double Goodput, double Cost), double> value) =>
        [.. _losses.Select((loss, index) => Point.Of(loss * 100, rounds.Select(round => value(round[index]))))];

    private static (double Goodput, double Cost) Transfer(Func<ulong, ICongestionController> controller, double loss, ulong seed)
    {
        LinkConditions conditions = new()
        {
            Latency = Duration.FromMilliseconds(10),
            Loss = loss,
            RateBitsPerSecond = 100_000_000,
            QueueFrames = 200,
        };
        TcpConnectionOptions options = new()
        {
            SendBufferBytes = BufferBytes,
            ReceiveBufferBytes = BufferBytes,
            SynRetries = Patience,
            SynAckRetries = Patience,
            Retries = Patience,
            CongestionController = controller,
        };
        double start = ThreadCpuClock.Seconds;
        TransferResult result = Testing.Transfer.Run(seed, TransferBytes, conditions, new TransferOptions { Client = options, Server = options });
        return (result.GoodputBitsPerSecond / 1e6, (ThreadCpuClock.Seconds - start) * 1e9 / TransferBytes);
    }
}
