using BenchmarkDotNet.Attributes;
using NetStack.Core;

namespace NetStack.Benchmarks;

/// <summary>A block of the pool leased and returned: one at a time, and a burst at a time.</summary>
public class PoolBenchmark
{
    private const int Burst = 64;

    private readonly PacketPool _pool = new(1024);
    private readonly PacketBuffer[] _burst = new PacketBuffer[Burst];
    private PacketBuffer? _block;

    [GlobalSetup]
    public void Lease() => _block = _pool.TryLease();

    [Benchmark]
    public void One() => _pool.Return(_pool.TryLease()!);

    [Benchmark(OperationsPerInvoke = Burst)]
    public void Bursts()
    {
        foreach (ref PacketBuffer slot in _burst.AsSpan())
        {
            slot = _pool.TryLease()!;
        }

        foreach (PacketBuffer block in _burst)
        {
            _pool.Return(block);
        }
    }

    [Benchmark]
    public void Slice() => _pool.Return(_pool.LeaseSlice(_block!, 0, PacketBuffer.BlockBytes));
}
