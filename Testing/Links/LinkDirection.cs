using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Testing;

/// <summary>One direction of a <see cref="SimulatedLink"/>.</summary>
public sealed class LinkDirection
{
    private readonly Simulation _simulation;
    private readonly SeededEntropy _entropy;
    private readonly int _headerBytes;
    private readonly bool _refusesWhenFull;

    // The frames that wait for the wire, by the instants at which they have left it.
    private readonly Queue<(Instant Departure, int Bytes)> _waiting = new();
    private int _waitingBytes;
    private Instant _wireFree;
    private Instant _latestArrival;
    private bool _isBad;

    internal LinkDirection(Simulation simulation, string name, LinkConditions conditions, LinkEndOptions ends)
    {
        _simulation = simulation;
        _entropy = simulation.Entropy.Fork(name);
        _headerBytes = ends.Medium == DeviceMedium.Ethernet ? EthernetHeader.LengthBytes : 0;
        _refusesWhenFull = ends.RefusesWhenFull;
        Name = name;
        Conditions = conditions;
    }

    /// <summary>Names the direction in messages.</summary>
    public string Name { get; }

    /// <summary>What happens to frames offered from now on.</summary>
    public LinkConditions Conditions { get; set; }

    /// <summary>What has happened.</summary>
    public LinkCounters Counters { get; } = new();

    internal LinkEnd Sender { get; set; } = null!;

    internal LinkEnd Receiver { get; set; } = null!;

    /// <summary>The conditions and the counters.</summary>
    public string Describe() => $"{Name}: {Conditions} ({Counters})";

    /// <summary>Puts a frame on its way, or loses it. Takes the ownership.</summary>
    internal void Transmit(SimulatedFrame frame, Instant now)
    {
        Counters.Offered++;
        Counters.OfferedBytes += frame.Length;
        FrameFate fate = Decide(frame, now, out Instant departure);
        if (fate == FrameFate.Arrives && IsChosen(Conditions.Corruption))
        {
            fate = HasInternetChecksum(frame.Span) ? FrameFate.Corrupted : FrameFate.CorruptedLost;
        }

        // The record shows what the sender sent; the damage shows where it arrives.
        _simulation.Recorder?.Sent(Sender, frame.Span, fate, now);
        if (fate is FrameFate.Arrives && IsCongested && CongestionMark.TryMark(frame.Span, _headerBytes))
        {
            Counters.Marked++;
        }

        if (fate == FrameFate.Corrupted)
        {
            Corrupt(frame.Span);
        }

        Count(fate);
        if (fate is FrameFate.Arrives or FrameFate.Corrupted)
        {
            Send(frame, departure);
        }
        else
        {
            _simulation.Return(frame);
        }
    }

    /// <summary>Whether the sender has to wait with a frame because the queue is full.</summary>
    /// <param name="lengthBytes">The frame's length.</param>
    /// <param name="now">The present.</param>
    /// <param name="until">When the next frame has left the queue.</param>
    internal bool Refuses(int lengthBytes, Instant now, out Instant until)
    {
        until = now;
        if (!_refusesWhenFull || Conditions.RateBitsPerSecond <= 0)
        {
            return false;
        }

        Depart(now);
        until = _waiting.TryPeek(out (Instant Departure, int Bytes) first) ? first.Departure : now;
        return _waiting.Count > 0 && IsFull(lengthBytes);
    }

    internal void Arrive(SimulatedFrame frame, Instant now)
    {
        Counters.InFlight--;
        Counters.Arrived++;
        _simulation.Recorder?.Arrived(Receiver, frame.Span, now);
        Receiver.Receive(frame, now);
    }

    private FrameFate Decide(SimulatedFrame frame, Instant now, out Instant departure)
    {
        departure = now;
        if (!Conditions.IsUp)
        {
            return FrameFate.Down;
        }

        if (frame.Length > Conditions.MtuBytes + _headerBytes)
        {
            return FrameFate.TooBig;
        }

        if (!TryQueue(frame.Length, now, out departure))
        {
            return FrameFate.QueueFull;
        }

        return IsLost() ? FrameFate.Lost : FrameFate.Arrives;
    }

    private bool TryQueue(int lengthBytes, Instant now, out Instant departure)
    {
        Depart(now);
        departure = now;
        LinkConditions conditions = Conditions;
        if (conditions.RateBitsPerSecond <= 0)
        {
            return true;
        }

        if (IsFull(lengthBytes))
        {
            return false;
        }

        Duration onWire = new((long)(lengthBytes * 8 * 1_000_000_000L / conditions.RateBitsPerSecond));
        departure = Instant.Max(now, _wireFree) + onWire;
        _wireFree = departure;
        _waiting.Enqueue((departure, lengthBytes));
        _waitingBytes += lengthBytes;
        return true;
    }

    private void Depart(Instant now)
    {
        while (_waiting.TryPeek(out (Instant Departure, int Bytes) first) && first.Departure <= now)
        {
            _waitingBytes -= first.Bytes;
            _waiting.Dequeue();
        }
    }

    private bool IsFull(int lengthBytes) =>
        (Conditions.QueueFrames > 0 && _waiting.Count >= Conditions.QueueFrames)
        || (Conditions.QueueBytes > 0 && _waitingBytes + lengthBytes > Conditions.QueueBytes);

    private bool IsCongested => Conditions.MarkingQueueBytes > 0 && _waitingBytes > Conditions.MarkingQueueBytes;

    private bool IsLost()
    {
        bool isLost = IsChosen(Conditions.Loss);
        if (Conditions.Bursts is { } bursts)
        {
            if (IsChosen(_isBad ? bursts.BadToGood : bursts.GoodToBad))
            {
                _isBad = !_isBad;
            }

            isLost |= IsChosen(_isBad ? bursts.LossWhenBad : bursts.LossWhenGood);
        }

        return isLost;
    }

    private void Send(SimulatedFrame frame, Instant departure)
    {
        LinkConditions conditions = Conditions;
        Instant arrival = Instant.Max(departure + conditions.Latency + Draw(conditions.Jitter), _latestArrival);
        if (IsChosen(conditions.Duplication))
        {
            SimulatedFrame twin = _simulation.LeaseFrame();
            twin.Fill(frame.Span);
            Counters.Duplicated++;
            Launch(twin, arrival + Draw(conditions.Jitter));
        }

        if (IsChosen(conditions.Reordering))
        {
            Counters.Reordered++;
            Launch(frame, arrival + Draw(conditions.ReorderingDelay));
            return;
        }

        _latestArrival = arrival;
        Launch(frame, arrival);
    }

    private void Launch(SimulatedFrame frame, Instant arrival)
    {
        frame.Direction = this;
        Counters.InFlight++;
        _simulation.Add(frame, arrival);
    }

    private void Count(FrameFate fate)
    {
        switch (fate)
        {
            case FrameFate.Lost:
                Counters.Lost++;
                break;
            case FrameFate.Corrupted:
                Counters.Corrupted++;
                break;
            case FrameFate.CorruptedLost:
                Counters.CorruptedLost++;
                break;
            case FrameFate.QueueFull:
                Counters.QueueFull++;
                break;
            case FrameFate.TooBig:
                Counters.TooBig++;
                break;
            case FrameFate.Down:
                Counters.Down++;
                break;
        }
    }

    private bool HasInternetChecksum(ReadOnlySpan<byte> frame)
    {
        const int LeastBytes = 20;
        return frame.Length >= _headerBytes + LeastBytes
            && (_headerBytes == 0 || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) is (ushort)EtherType.IPv4 or (ushort)EtherType.IPv6);
    }

    private void Corrupt(Span<byte> frame)
    {
        // Within one aligned word any change shows in the sum, but for that between its two zeros, 0x0000 and 0xFFFF.
        int word = _headerBytes + (2 * _entropy.Next((frame.Length - _headerBytes) / 2));
        int mask = 1 + _entropy.Next(0xFFFE);
        frame[word] ^= (byte)(mask >> 8);
        frame[word + 1] ^= (byte)mask;
    }

    private Duration Draw(Duration most) =>
        most.Nanoseconds <= 0 ? Duration.Zero : new Duration((long)(_entropy.NextUInt64() % (ulong)most.Nanoseconds));

    private bool IsChosen(double probability) => probability > 0 && _entropy.NextUInt32() < probability * (1L << 32);
}
