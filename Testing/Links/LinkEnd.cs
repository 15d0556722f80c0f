using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Testing;

/// <summary>One end of a <see cref="SimulatedLink"/>: the device of a host, or the port of a switch.</summary>
internal sealed class LinkEnd(Simulation simulation, string name, MacAddress address, DeviceCapabilities capabilities, LinkDirection outgoing)
    : IEthernetDevice
{
    /// <summary>The frames a device keeps for a host that does not come for them.</summary>
    private const int RingFrames = 4096;

    private readonly Queue<SimulatedFrame> _arrived = new();
    private PacketPool? _pool;
    private Action? _wake;
    private bool _isWakePlanned;

    public string Name => name;

    public MacAddress Address => capabilities.Medium == DeviceMedium.Ethernet ? address : default;

    public DeviceCapabilities Capabilities => capabilities;

    public LinkDirection Outgoing => outgoing;

    public LinkDirection Incoming { get; set; } = null!;

    /// <summary>What takes the frames in the place of a host.</summary>
    public IFrameReceiver? Receiver { get; set; }

    public int Waiting => _arrived.Count;

    public void Attach(PacketPool pool, Action wake)
    {
        _pool = pool;
        _wake = wake;
    }

    /// <summary>A frame arrives. Takes the ownership.</summary>
    public void Receive(SimulatedFrame frame, Instant now)
    {
        if (Receiver is not null)
        {
            Receiver.Receive(frame, now);
        }
        else if (_wake is null || _arrived.Count >= RingFrames)
        {
            Incoming.Counters.ReceiverFull++;
            simulation.Return(frame);
        }
        else
        {
            _arrived.Enqueue(frame);
            _wake();
        }
    }

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        while (count < burst.Length && _arrived.TryDequeue(out SimulatedFrame? frame))
        {
            PacketBuffer? copy = _pool!.TryLeaseCopy(frame.Span);
            simulation.Return(frame);
            if (copy is null)
            {
                // The frame was never received: it counts here, as a device out of descriptors would have it.
                Incoming.Counters.ReceiverFull++;
                continue;
            }

            burst[count++] = copy;
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        for (int i = 0; i < burst.Length; i++)
        {
            PacketBuffer packet = burst[i];
            if (outgoing.Refuses(packet.TotalLength, now, out Instant until))
            {
                WakeAt(until);
                return i;
            }

            SimulatedFrame frame = simulation.LeaseFrame();
            frame.Fill(packet);
            packet.Pool.Return(packet);
            outgoing.Transmit(frame, now);
        }

        return burst.Length;
    }

    private void WakeAt(Instant instant)
    {
        if (!_isWakePlanned)
        {
            _isWakePlanned = true;
            simulation.Add(new ScriptedEvent(RoomOpens), instant);
        }
    }

    private void RoomOpens(Instant now)
    {
        _isWakePlanned = false;
        _wake?.Invoke();
    }

    public void Reclaim()
    {
        // Frames are copied as they are sent.
    }

    public IDeviceWaiter? CreateWaiter() => null;

    public void Dispose()
    {
        // Holds nothing but managed memory.
    }
}
