namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// References of granted pages that wait to be made known to the backend as pages to keep mapped. Loops put them in as their
/// pools grow; the leader's control ring takes them out.
/// </summary>
internal sealed class StagingRequests(bool isWanted)
{
    private readonly Lock _gate = new();
    private readonly Queue<(int Queue, uint[] References)> _waiting = new();
    private int _taken;
    private volatile bool _hasWaiting;

    /// <summary>Whether any are.</summary>
    public bool IsWanted => isWanted;

    /// <summary>Whether any wait.</summary>
    public bool HasWaiting => _hasWaiting;

    /// <summary>Adds a queue's. Any thread.</summary>
    public void Add(int queue, ReadOnlySpan<uint> references)
    {
        if (isWanted && !references.IsEmpty)
        {
            lock (_gate)
            {
                _waiting.Enqueue((queue, references.ToArray()));
                _hasWaiting = true;
            }
        }
    }

    /// <summary>Takes some of one queue.</summary>
    public bool TryTake(int atMost, out int queue, out ReadOnlyMemory<uint> references)
    {
        lock (_gate)
        {
            (queue, references) = (0, default);
            if (!_waiting.TryPeek(out (int Queue, uint[] References) next))
            {
                return false;
            }

            int count = Math.Min(atMost, next.References.Length - _taken);
            (queue, references) = (next.Queue, next.References.AsMemory(_taken, count));
            _taken += count;
            if (_taken == next.References.Length)
            {
                _taken = 0;
                _waiting.Dequeue();
                _hasWaiting = _waiting.Count > 0;
            }

            return true;
        }
    }

    /// <summary>Forgets all: the connection they were for has ended.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _waiting.Clear();
            _taken = 0;
            _hasWaiting = false;
        }
    }
}
