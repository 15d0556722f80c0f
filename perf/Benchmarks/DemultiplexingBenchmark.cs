using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using NetStack.Workloads;

namespace NetStack.Benchmarks;

/// <summary>
/// A segment's way from the device to its connection and through it, in memory, the connections visited at random: an
/// acknowledgment of 52 bytes that tells nothing new, both checksums verified. What the device does to make the segment
/// is in the figure, and the same for every number of connections.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The cleanup disposes it.")]
public class DemultiplexingBenchmark
{
    private const int SegmentsPerCall = 1 << 16;

    private ConnectionCrowd? _crowd;

    /// <summary>The established connections.</summary>
    [Params(1_000, 10_000, 100_000, 1_000_000)]
    public int Connections { get; set; }

    [GlobalSetup]
    public void Establish() => _crowd = new ConnectionCrowd(Connections, seed: 1);

    [GlobalCleanup]
    public void Forget()
    {
        _crowd!.Dispose();
        _crowd = null;
    }

    [Benchmark(OperationsPerInvoke = SegmentsPerCall)]
    public void Receive() => _crowd!.Receive(SegmentsPerCall);
}
