using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>
/// The cables from one shard to the others, for the frames of one device. What is appended waits for the end of the burst, so
/// that another loop is woken once, not for each frame.
/// </summary>
internal sealed class ShardLinks : IDisposable
{
    private readonly IEthernetDevice?[] _ends;
    private readonly PacketBuffer[][] _staged;
    private readonly int[] _counts;
    private PacketPool _pool = null!;
    private int _nextSender;
    private bool _hasStaged;

    public ShardLinks(IEthernetDevice?[] ends)
    {
        _ends = ends;
        _staged = [.. ends.Select(_ => new PacketBuffer[EthernetPort.BurstFrames])];
        _counts = new int[ends.Length];
    }

    /// <summary>How many shards there are, this one included.</summary>
    public int Count => _ends.Length;

    /// <summary>Ties the cables to the loop.</summary>
    public void Attach(PacketPool pool, Action wake)
    {
        _pool = pool;
        foreach (IEthernetDevice? end in _ends)
        {
            end?.Attach(pool, wake);
        }
    }

    /// <summary>Takes what other shards have handed over, from each in turn first.</summary>
    /// <returns>How many.</returns>
    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        for (int i = 0; i < _ends.Length && count < burst.Length; i++)
        {
            if (_ends[(_nextSender + i) % _ends.Length] is { } end)
            {
                count += end.Receive(burst[count..], now);
            }
        }

        _nextSender = (_nextSender + 1) % _ends.Length;
        return count;
    }

    /// <summary>Hands a frame to another shard, at the next <see cref="Flush"/>. Takes the ownership.</summary>
    public void Append(int shard, PacketBuffer frame, Instant now)
    {
        if (_counts[shard] == EthernetPort.BurstFrames)
        {
            Transmit(shard, now);
        }

        _staged[shard][_counts[shard]++] = frame;
        _hasStaged = true;
    }

    /// <summary>Puts the frames on their cables. What finds no room is dropped: to wait for a slower loop would slow all others down to it.</summary>
    public void Flush(Instant now)
    {
        if (!_hasStaged)
        {
            return;
        }

        _hasStaged = false;
        for (int shard = 0; shard < _counts.Length; shard++)
        {
            if (_counts[shard] > 0)
            {
                Transmit(shard, now);
            }
        }
    }

    /// <summary>Returns the buffers of frames that the others have taken.</summary>
    public void Reclaim()
    {
        foreach (IEthernetDevice? end in _ends)
        {
            end?.Reclaim();
        }
    }

    /// <summary>Unplugs the cables at this end.</summary>
    public void Dispose()
    {
        foreach (IEthernetDevice? end in _ends)
        {
            end?.Dispose();
        }
    }

    private void Transmit(int shard, Instant now)
    {
        Span<PacketBuffer> frames = _staged[shard].AsSpan(0, _counts[shard]);
        _counts[shard] = 0;
        int taken = _ends[shard]!.Transmit(frames, now);
        _pool.Counters.Add(Counter.FramesSteered, taken);
        foreach (PacketBuffer frame in frames[taken..])
        {
            // No port will count it as received: it is here that it ends.
            _pool.Counters.Increment(Counter.FramesReceived);
            _pool.Counters.Add(Counter.BytesReceived, frame.TotalLength);
            _pool.Drop(frame, DropReason.ShardRingFull);
        }

        frames.Clear();
    }
}
