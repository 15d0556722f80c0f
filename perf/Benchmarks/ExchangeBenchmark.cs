using BenchmarkDotNet.Attributes;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Benchmarks;

/// <summary>
/// What crosses between the application and the loop, both sides on one thread, so that no cache line travels: empty blocks
/// through the ring, and posts to the mailbox.
/// </summary>
public class ExchangeBenchmark
{
    private const int Blocks = 128;
    private const int Items = 64;

    private readonly PacketPool _pool = new(4096);
    private readonly BlockExchange _exchange;
    private readonly LoopMailbox _mailbox = new(static () => { });
    private readonly CountingItem[] _items = new CountingItem[Items];

    public ExchangeBenchmark()
    {
        _exchange = new BlockExchange(_pool);
        foreach (ref CountingItem item in _items.AsSpan())
        {
            item = new CountingItem();
        }
    }

    [GlobalSetup]
    public void LayOut() => _exchange.Refill();

    /// <summary>A block laid out by the loop, taken by the writer and returned.</summary>
    [Benchmark(OperationsPerInvoke = Blocks)]
    public void Block()
    {
        for (int i = 0; i < Blocks; i++)
        {
            _pool.Return(_exchange.TryTake()!);
        }

        _exchange.Refill();
    }

    /// <summary>A post to a loop that is awake, and its processing, many in a turn.</summary>
    [Benchmark(OperationsPerInvoke = Items)]
    public void Post()
    {
        foreach (CountingItem item in _items)
        {
            _mailbox.Post(item);
        }

        _mailbox.Process(Instant.Origin);
    }
}
