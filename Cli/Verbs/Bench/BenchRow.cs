namespace NetStack.Cli.Verbs.Bench;

/// <summary>The figures of one workload. The rates are those of the median round.</summary>
/// <param name="Name">The workload.</param>
/// <param name="Packets">The packets of all rounds.</param>
/// <param name="Bytes">The bytes of all rounds.</param>
/// <param name="CpuSeconds">The processor time of all rounds, this thread's alone.</param>
/// <param name="NanosecondsPerPacket">The processor time of a packet.</param>
/// <param name="BestNanosecondsPerPacket">That of the best round.</param>
/// <param name="WorstNanosecondsPerPacket">That of the worst round.</param>
/// <param name="MegapacketsPerSecond">The packets in a second of processor time, in millions.</param>
/// <param name="GigabitsPerSecond">The bits in a second of processor time, in thousands of millions.</param>
/// <param name="AllocatedBytes">What the thread took of the managed heap in all rounds.</param>
/// <param name="Collections">The collections of the process in all rounds.</param>
/// <param name="Remark">What is to be said besides, or null.</param>
internal sealed record BenchRow(
    string Name,
    long Packets,
    long Bytes,
    double CpuSeconds,
    double NanosecondsPerPacket,
    double BestNanosecondsPerPacket,
    double WorstNanosecondsPerPacket,
    double MegapacketsPerSecond,
    double GigabitsPerSecond,
    long AllocatedBytes,
    int Collections,
    string? Remark);
