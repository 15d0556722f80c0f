using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

/// <summary>One cell of a table of goodput: what a bulk transfer delivers over a link of these conditions.</summary>
/// <param name="Delay">The latency one way.</param>
/// <param name="Loss">The probability that a frame is lost, each way.</param>
/// <param name="Reordering">The probability that a frame is held back by up to half the delay.</param>
internal sealed record GoodputCell(Duration Delay, double Loss, double Reordering)
{
    public const long TransferBytes = 16_000_000;
    public const int SeedCount = 3;
    public const long RateBitsPerSecond = 100_000_000;
    public const int QueueFrames = 200;
    public const int BufferBytes = 8 * 1024 * 1024;

    // A peer at 30 % loss each way takes many tries to answer: the connection must not fail for it.
    private const int Patience = 100;
    private const ushort Port = 7;

    /// <summary>When a transfer that is not through is cut off.</summary>
    public static readonly Duration Limit = Duration.FromSeconds(30);

    /// <summary>Runs the transfers of all seeds.</summary>
    /// <param name="controller">Makes the sender's congestion controller.</param>
    /// <returns>The payload read in a second, in kbit, over all seeds.</returns>
    public long Measure(Func<ulong, ICongestionController> controller)
    {
        long bytes = 0;
        Duration time = Duration.Zero;
        for (ulong seed = 1; seed <= SeedCount; seed++)
        {
            (long Bytes, Duration Time) run = Scenario.Run("goodput", seed, simulation => Play(simulation, controller));
            bytes += run.Bytes;
            time += run.Time;
        }

        return (long)((Int128)bytes * 8 * 1_000_000 / time.Nanoseconds);
    }

    private (long Bytes, Duration Time) Play(Simulation simulation, Func<ulong, ICongestionController> controller)
    {
        LinkConditions conditions = new()
        {
            Latency = Delay,
            Loss = Loss,
            Reordering = Reordering,
            ReorderingDelay = new Duration(Delay.Nanoseconds / 2),
            RateBitsPerSecond = RateBitsPerSecond,
            QueueFrames = QueueFrames,
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
        HostPair pair = HostPair.Make(simulation, conditions);
        StreamContent content = new(simulation.Seed);
        BulkApplication client = new(new BulkSender(content, TransferBytes));
        List<BulkApplication> accepted = [];
        TcpListenEndpoint endpoint = pair.Server.Listen(
            Port,
            () =>
            {
                accepted.Add(new BulkApplication(null, new BulkReceiver(content, TransferBytes)));
                return accepted[^1];
            },
            options);
        pair.Client.Connect(pair.ServerEndPoint(Port), client, options);
        bool isThrough = simulation.RunUntil(() => accepted.Count == 1 && accepted[0].Receiver.IsFinished, Limit);
        BulkReceiver? receiver = accepted.SingleOrDefault()?.Receiver;
        (long Bytes, Duration Time) result =
            (receiver?.ReceivedBytes ?? 0, isThrough ? receiver!.FinishedAt - client.OpenedAt : Limit);

        Verify(isThrough, client, receiver);
        client.Abandon(simulation.Now);
        client.Connection.Abort(simulation.Now);
        foreach (BulkApplication server in accepted)
        {
            server.Abandon(simulation.Now);
            server.Connection.Abort(simulation.Now);
        }

        endpoint.Close(simulation.Now);
        simulation.RunToRest();
        Oracles.VerifyFinished(simulation);
        return result;
    }

    private static void Verify(bool isThrough, BulkApplication client, BulkReceiver? receiver)
    {
        if (client.Error != TcpError.None || receiver is { FirstWrongByte: >= 0 } || (isThrough && !receiver!.IsWhole))
        {
            throw new OracleException($"the client ended with {client.Error}, the server has {receiver}");
        }
    }
}
