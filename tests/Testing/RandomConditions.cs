using NetStack.Core;
using NetStack.Ethernet;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

/// <summary>Networks and buffers drawn from a seed: each fault is there or not, and as bad as chance has it.</summary>
internal static class RandomConditions
{
    private const int Denominator = 1 << 20;

    public static LinkConditions DrawLink(SeededEntropy entropy) => new()
    {
        Latency = Duration.FromMicroseconds(IsChosen(entropy, 0.2) ? 0 : entropy.Next(80_000)),
        Jitter = Duration.FromMicroseconds(IsChosen(entropy, 0.5) ? 0 : entropy.Next(40_000)),
        Loss = IsChosen(entropy, 0.3) ? 0 : Draw(entropy, 0.2),
        Bursts = IsChosen(entropy, 0.75) ? null : new BurstLoss(Draw(entropy, 0.02), 0.1 + Draw(entropy, 0.5), LossWhenBad: 0.8),
        Duplication = IsChosen(entropy, 0.5) ? 0 : Draw(entropy, 0.1),
        Reordering = IsChosen(entropy, 0.4) ? 0 : Draw(entropy, 0.3),
        ReorderingDelay = Duration.FromMicroseconds(1 + entropy.Next(50_000)),
        Corruption = IsChosen(entropy, 0.5) ? 0 : Draw(entropy, 0.05),
        RateBitsPerSecond = IsChosen(entropy, 0.5) ? 0 : 1_000_000 + entropy.Next(100_000_000),
        QueueFrames = IsChosen(entropy, 0.5) ? 0 : 4 + entropy.Next(100),
        QueueBytes = IsChosen(entropy, 0.7) ? 0 : 12_000 + entropy.Next(200_000),
    };

    public static int DrawMtu(SeededEntropy entropy) => entropy.Next(5) switch
    {
        0 => 296,
        1 => 576,
        2 => 296 + entropy.Next(1205),
        3 => 1500,
        _ => 9000,
    };

    public static TcpConnectionOptions DrawConnection(SeededEntropy entropy) => new()
    {
        SendBufferBytes = DrawBuffer(entropy),
        ReceiveBufferBytes = DrawBuffer(entropy),
        NoDelay = IsChosen(entropy, 0.5),
        Timestamps = IsChosen(entropy, 0.5),
        WindowScale = IsChosen(entropy, 0.3) ? -1 : entropy.Next(15),
        AcknowledgmentDelay = IsChosen(entropy, 0.3) ? Duration.Zero : Duration.FromMilliseconds(entropy.Next(200)),

        // One loss in three would make the usual number of attempts fail every now and then.
        SynRetries = 30,
        SynAckRetries = 30,
        Retries = 60,

        // Who hears nothing of the other's end, because its reset was lost, finds out.
        KeepAlive = true,
        KeepAliveTime = Duration.FromSeconds(600),
    };

    public static LinkEndOptions DrawEnds(SeededEntropy entropy) => new()
    {
        Medium = IsChosen(entropy, 0.8) ? DeviceMedium.Ethernet : DeviceMedium.Ip,
        Offloads = IsChosen(entropy, 0.5) ? DeviceOffloads.TransmitChecksumV4 : DeviceOffloads.None,
        RefusesWhenFull = IsChosen(entropy, 0.3),
    };

    public static SimulatedHostOptions DrawHosts(SeededEntropy entropy) => new()
    {
        PoolBlocks = IsChosen(entropy, 0.7) ? 16_384 : 64 + entropy.Next(300),
        ReceiveBudgetBursts = 1 + entropy.Next(4),
        TransmitBudgetPackets = 1 + entropy.Next(256),
    };

    public static ReadPace? DrawPace(SeededEntropy entropy) => IsChosen(entropy, 0.7)
        ? null
        : new ReadPace(500 + entropy.Next(20_000), Duration.FromMicroseconds(1 + entropy.Next(20_000)), Duration.FromMilliseconds(entropy.Next(3000)));

    private static int DrawBuffer(SeededEntropy entropy) =>
        IsChosen(entropy, 0.3) ? 2048 + entropy.Next(16 * 1024) : 16 * 1024 + entropy.Next(500 * 1024);

    private static bool IsChosen(SeededEntropy entropy, double probability) => Draw(entropy, 1) < probability;

    private static double Draw(SeededEntropy entropy, double most) => most * entropy.Next(Denominator) / Denominator;
}
