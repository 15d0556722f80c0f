using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Testing;

/// <summary>
/// An in-memory cable between two devices of several queues each. Like a network card it spreads flows over the queues of the
/// receiver by a hash of its own, which knows nothing of the shards behind them: most frames come by the wrong queue.
/// </summary>
public sealed class QueuedCable : IDisposable
{
    private readonly List<DevicePair> _cables = [];

    /// <summary>Makes the cable.</summary>
    /// <param name="leftQueues">The queues of one device, at least 1.</param>
    /// <param name="rightQueues">The queues of the other, at least 1.</param>
    /// <param name="mtuBytes">The largest network-layer packet.</param>
    public QueuedCable(int leftQueues, int rightQueues, int mtuBytes = 1500)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(leftQueues);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rightQueues);
        IEthernetDevice[,] lefts = new IEthernetDevice[leftQueues, rightQueues];
        IEthernetDevice[,] rights = new IEthernetDevice[rightQueues, leftQueues];
        for (int left = 0; left < leftQueues; left++)
        {
            for (int right = 0; right < rightQueues; right++)
            {
                DevicePair cable = new(mtuBytes: mtuBytes);
                _cables.Add(cable);
                lefts[left, right] = cable.Left;
                rights[right, left] = cable.Right;
            }
        }

        Left = QueuesOf(lefts);
        Right = QueuesOf(rights);
    }

    /// <summary>The queues of one device.</summary>
    public IReadOnlyList<IEthernetDevice> Left { get; }

    /// <summary>The queues of the other.</summary>
    public IReadOnlyList<IEthernetDevice> Right { get; }

    /// <summary>The queue that a frame is received by: the same for all frames between two ends in one direction.</summary>
    /// <param name="frame">The frame, from its Ethernet header on.</param>
    /// <param name="queues">How many queues there are.</param>
    public static int QueueOf(ReadOnlySpan<byte> frame, int queues)
    {
        // The IPv4 addresses, and the ports where there are some. What stands there in other frames is as good.
        const int Protocol = EthernetHeader.LengthBytes + 9;
        const int FlowStart = EthernetHeader.LengthBytes + 12;
        const int PortsStart = FlowStart + 8;
        const int PortsEnd = PortsStart + 4;
        bool hasPorts = frame.Length > Protocol && (IpProtocol)frame[Protocol] is IpProtocol.Tcp or IpProtocol.Udp;
        int flowEnd = hasPorts ? PortsEnd : PortsStart;
        uint hash = 2_166_136_261;
        for (int i = FlowStart; i < Math.Min(flowEnd, frame.Length); i++)
        {
            hash = (hash ^ frame[i]) * 16_777_619;
        }

        return (int)((hash ^ hash >> 16) % (uint)queues);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DevicePair cable in _cables)
        {
            cable.Dispose();
        }
    }

    private static IEthernetDevice[] QueuesOf(IEthernetDevice[,] ends)
    {
        IEthernetDevice[] queues = new IEthernetDevice[ends.GetLength(0)];
        for (int queue = 0; queue < queues.Length; queue++)
        {
            IEthernetDevice[] others = new IEthernetDevice[ends.GetLength(1)];
            for (int other = 0; other < others.Length; other++)
            {
                others[other] = ends[queue, other];
            }

            queues[queue] = others.Length == 1 ? others[0] : new CableQueue(others);
        }

        return queues;
    }

    /// <summary>One queue, with a cable to each queue of the other device.</summary>
    private sealed class CableQueue(IEthernetDevice[] ends) : IEthernetDevice
    {
        public string Name => ends[0].Name;

        public MacAddress Address => ends[0].Address;

        public DeviceCapabilities Capabilities => ends[0].Capabilities;

        public void Attach(PacketPool pool, Action wake)
        {
            foreach (IEthernetDevice end in ends)
            {
                end.Attach(pool, wake);
            }
        }

        public int Receive(Span<PacketBuffer> burst, Instant now)
        {
            int count = 0;
            foreach (IEthernetDevice end in ends)
            {
                count += end.Receive(burst[count..], now);
            }

            return count;
        }

        public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
        {
            int sent = 0;
            while (sent < burst.Length && ends[QueueOf(burst[sent].Span, ends.Length)].Transmit(burst.Slice(sent, 1), now) == 1)
            {
                sent++;
            }

            return sent;
        }

        public void Reclaim()
        {
            foreach (IEthernetDevice end in ends)
            {
                end.Reclaim();
            }
        }

        public IDeviceWaiter? CreateWaiter() => null;

        public void Dispose()
        {
            foreach (IEthernetDevice end in ends)
            {
                end.Dispose();
            }
        }
    }
}
