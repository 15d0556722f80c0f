using System.Runtime.CompilerServices;

namespace NetStack.Core;

/// <summary>
/// The counters of one loop: plain longs that the loop alone writes. Other threads may read them at any time, each value as of
/// some moment in the latest turn; who wants all as of one moment has the loop copy them (<see cref="CopyTo"/>).
/// </summary>
public sealed class Counters
{
    private static readonly int _counters = Enum.GetValues<Counter>().Length;
    private static readonly int _reasons = Enum.GetValues<DropReason>().Length;

    private CounterCells _values;
    private CounterCells _drops;

    /// <summary>The value of a counter.</summary>
    public long this[Counter counter] => _values[(int)counter];

    /// <summary>The packets dropped for a reason.</summary>
    public long this[DropReason reason] => _drops[(int)reason];

    /// <summary>The packets dropped for any reason.</summary>
    public long TotalDrops
    {
        get
        {
            long total = 0;
            foreach (long drops in _drops)
            {
                total += drops;
            }

            return total;
        }
    }

    /// <summary>Adds one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Increment(Counter counter) => _values[(int)counter]++;

    /// <summary>Adds an amount.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Counter counter, long amount) => _values[(int)counter] += amount;

    /// <summary>Counts a drop of something that is no packet buffer (a packet that is goes through <see cref="PacketPool.Drop"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountDrop(DropReason reason) => _drops[(int)reason]++;

    /// <summary>Adds all values to those of another table, such as the sum over several loops.</summary>
    public void AddTo(Counters total)
    {
        for (int i = 0; i < _counters; i++)
        {
            total._values[i] += _values[i];
        }

        for (int i = 0; i < _reasons; i++)
        {
            total._drops[i] += _drops[i];
        }
    }

    /// <summary>Copies all values into another table, all as of one moment.</summary>
    public void CopyTo(Counters destination)
    {
        ((ReadOnlySpan<long>)_values)[.._counters].CopyTo(destination._values);
        ((ReadOnlySpan<long>)_drops)[.._reasons].CopyTo(destination._drops);
    }
}
