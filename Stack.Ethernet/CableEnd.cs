using NetStack.Core;

namespace NetStack.Ethernet;

/// <summary>One end of a <see cref="DevicePair"/>.</summary>
internal sealed class CableEnd(string name, MacAddress address, DeviceCapabilities capabilities, FrameRing incoming, FrameRing outgoing)
    : IEthernetDevice
{
    private PacketPool? _pool;
    private Action? _wake;

    public string Name => name;

    public MacAddress Address => capabilities.Medium == DeviceMedium.Ethernet ? address : default;

    public DeviceCapabilities Capabilities => capabilities;

    public void Attach(PacketPool pool, Action wake)
    {
        _pool = pool;
        Volatile.Write(ref _wake, wake);
    }

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        while (count < burst.Length && incoming.Peek() is { } frame)
        {
            if (frame.Pool == _pool && frame.Next is null && !frame.IsSlice && frame.HeadroomBytes >= 64)
            {
                // Both ends live in one loop: the buffer itself changes hands.
                incoming.ConsumeAndKeep();
                burst[count++] = frame;
                continue;
            }

            PacketBuffer? copy = Copy(frame);
            incoming.Consume();
            if (copy is not null)
            {
                burst[count++] = copy;
            }
        }

        if (count > 0 && incoming.IsSenderWaiting)
        {
            incoming.IsSenderWaiting = false;
            incoming.Sender?.Wake();
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        Reclaim();
        int count = Produce(burst);
        if (count < burst.Length)
        {
            outgoing.IsSenderWaiting = true;
            Reclaim();
            count += Produce(burst[count..]);
        }

        if (count > 0)
        {
            outgoing.Receiver?.Wake();
        }

        return count;
    }

    public void Reclaim()
    {
        if (outgoing.IsClosed)
        {
            outgoing.ConsumeAll();
        }

        while (outgoing.HasUnclaimed)
        {
            if (outgoing.Reclaim() is { } frame)
            {
                frame.Pool.Return(frame);
            }
        }
    }

    public IDeviceWaiter? CreateWaiter() => null;

    /// <summary>Unplugs this end. The other end's frames go back to it unread; ours are the other end's to read.</summary>
    public void Dispose() => incoming.Close();

    private int Produce(ReadOnlySpan<PacketBuffer> burst)
    {
        int count = 0;
        while (count < burst.Length && outgoing.TryProduce(burst[count]))
        {
            count++;
        }

        return count;
    }

    internal void Wake() => Volatile.Read(ref _wake)?.Invoke();

    private PacketBuffer? Copy(PacketBuffer frame)
    {
        PacketPool pool = _pool!;
        PacketBuffer? copy = pool.TryLease();
        PacketBuffer? tail = copy;
        for (PacketBuffer? block = frame; block is not null && tail is not null; block = block.Next)
        {
            ReadOnlySpan<byte> data = block.Span;
            while (!data.IsEmpty && tail is not null)
            {
                int part = Math.Min(data.Length, tail.TailroomBytes);
                data[..part].CopyTo(tail.Extend(part));
                data = data[part..];
                if (!data.IsEmpty)
                {
                    PacketBuffer? more = pool.TryLease(0);
                    if (more is not null)
                    {
                        tail.Append(more);
                    }

                    tail = more;
                }
            }
        }

        if (copy is null || tail is null)
        {
            pool.Counters.CountDrop(DropReason.PoolExhausted);
            if (copy is not null)
            {
                pool.Return(copy);
            }

            return null;
        }

        copy.CopyFactsFrom(frame);
        return copy;
    }
}
