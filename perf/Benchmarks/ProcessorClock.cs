using NetStack.Cli.Verbs.Bench;
using Perfolizer.Horology;

namespace NetStack.Benchmarks;

/// <summary>The processor time of the thread that runs a benchmark: what else runs on the machine is not counted.</summary>
internal sealed class ProcessorClock : IClock
{
    private const double NanosecondsPerSecond = 1e9;

    public string Title => "processor time of the thread";

    public bool IsAvailable => true;

    public Frequency Frequency => new(NanosecondsPerSecond);

    public long GetTimestamp() => (long)(ThreadCpuClock.Seconds * NanosecondsPerSecond);
}
