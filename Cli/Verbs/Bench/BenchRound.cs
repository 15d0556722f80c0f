namespace NetStack.Cli.Verbs.Bench;

/// <summary>What one round took.</summary>
/// <param name="Packets">The packets that went the whole way.</param>
/// <param name="Bytes">The bytes that count as moved.</param>
/// <param name="CpuSeconds">The processor time of the thread.</param>
internal readonly record struct BenchRound(long Packets, long Bytes, double CpuSeconds)
{
    public double NanosecondsPerPacket => CpuSeconds * 1e9 / Math.Max(1, Packets);
}
