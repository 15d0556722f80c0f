using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Tcp.Tests;

/// <summary>One end of a <see cref="FaultyLink"/>.</summary>
internal sealed class LinkEnd(FaultyLink link, SeededEntropy entropy, int mtuBytes, DeviceOffloads offloads) : IEthernetDevice
{
    private readonly PriorityQueue<byte[], (long Due, long Order)> _arriving = new();
    private PacketPool? _pool;
    private long _order;

    public LinkEnd Other { get; set; } = null!;

    public string Name => "faulty";

    public MacAddress Address => default;

    public DeviceCapabilities Capabilities => new(DeviceMedium.Ip, mtuBytes, offloads);

    public Instant NextArrival => _arriving.TryPeek(out _, out (long Due, long Order) key) ? new Instant(key.Due) : Instant.Never;

    /// <summary>The most blocks a frame to be transmitted was chained of.</summary>
    public int LongestChain { get; private set; }

    public void Attach(PacketPool pool, Action wake) => _pool = pool;

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        while (count < burst.Length && _arriving.TryPeek(out byte[]? packet, out (long Due, long Order) key) && key.Due <= now.Nanoseconds)
        {
            _arriving.Dequeue();
            if (_pool!.TryLeaseCopy(packet) is { } buffer)
            {
                burst[count++] = buffer;
            }
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        foreach (PacketBuffer frame in burst)
        {
            int chain = 0;
            for (PacketBuffer? block = frame; block is not null; block = block.Next)
            {
                chain++;
            }

            LongestChain = Math.Max(LongestChain, chain);
            byte[] packet = new byte[frame.TotalLength];
            frame.CopyTo(packet);
            if (frame.Checksum == ChecksumState.ToBeFilled)
            {
                // What a device does that fills in checksums.
                int start = frame.ChecksumStart - frame.Start;
                ushort sum = InternetChecksum.Compute(packet.AsSpan(start));
                packet[start + frame.ChecksumOffset] = (byte)(sum >> 8);
                packet[start + frame.ChecksumOffset + 1] = (byte)sum;
            }

            frame.Pool.Return(frame);
            Send(packet, now);
            if (entropy.Next(1000) < link.DuplicationPermille)
            {
                Send(packet, now);
            }
        }

        return burst.Length;
    }

    public void Reclaim()
    {
        // Transmit has returned the frames.
    }

    public IDeviceWaiter? CreateWaiter() => null;

    public void Dispose()
    {
        // Nothing is held.
    }

    private void Send(byte[] packet, Instant now)
    {
        if (entropy.Next(1000) < link.LossPermille)
        {
            return;
        }

        Duration delay = link.Delay;
        if (entropy.Next(1000) < link.ReorderingPermille)
        {
            delay += Duration.FromMicroseconds(entropy.Next(3000));
        }

        Other._arriving.Enqueue(packet, ((now + delay).Nanoseconds, _order++));
    }
}
