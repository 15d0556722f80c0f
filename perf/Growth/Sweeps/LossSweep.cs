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

    private static readonly double[] _losses = [0, 0.0001, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1];

    public static IEnumerable<Curve> Measure(Meter meter)
    {
        List<Series> goodputs = [];
        List<Series> costs = [];
        foreach (string name in CongestionControl.Names)
        {
            CongestionControl.TryFind(name, out Func<ulong, ICongestionController>? controller);
            List<Point> goodput = [];
            List<Point> cost = [];
            Transfer(controller!, loss: 0, seed: 1);
            foreach (double loss in _losses)
            {
                meter.Tell($"loss in percent, {name}", loss * 100);
                (double Goodput, double Cost)[] rounds =
                    [.. Enumerable.Range(1, meter.Plan.Rounds).Select(seed => Transfer(controller!, loss, (ulong)seed))];
                goodput.Add(Summarize(loss * 100, [.. rounds.Select(round => round.Goodput)]));
                cost.Add(Summarize(loss * 100, [.. rounds.Select(round => round.Cost)]));
            }

            goodputs.Add(new Series(name, goodput, "loss takes its share, and the windows theirs"));
            costs.Add(new Series(name, cost, "recovery, and acknowledgments with SACK for each segment"));
        }

        yield return new Curve(
            "loss-goodput", "Bulk TCP over a simulated link of 100 Mbit/s, 10 ms one way, 200 frames of queue", "percent of the frames lost, each way",
            "Mbit/s", goodputs);
        yield return new Curve(
            "loss-cost", "The same, processor time of both ends, the simulator and the check of all bytes", "percent of the frames lost, each way",
            "ns a byte", costs);
    }

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

    private static Point Summarize(double x, double[] values)
    {
        Array.Sort(values);
        return new Point(x, values[values.Length / 2], values[0], values[^1]);
    }
}
