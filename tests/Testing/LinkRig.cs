using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Testing.Tests;

/// <summary>A link with bare devices at its ends: numbered frames go in at the left and are looked at as they come out.</summary>
internal sealed class LinkRig
{
    private const int NumberOffset = EthernetHeader.LengthBytes + 20;

    private readonly PacketPool _left = new(4096);
    private readonly PacketPool _right = new(65_536);
    private readonly PacketBuffer[] _burst = new PacketBuffer[64];
    private int _next;

    public LinkRig(LinkConditions conditions, ulong seed = 1)
    {
        Simulation = new Simulation(seed);
        Link = Simulation.AddLink(conditions);
        Link.Left.Attach(_left, () => { });
        Link.Right.Attach(_right, Receive);
    }

    public Simulation Simulation { get; }

    public SimulatedLink Link { get; }

    public LinkCounters Counters => Link.LeftToRight.Counters;

    /// <summary>The numbers of the frames in the order and at the instants of their arrival.</summary>
    public List<(int Number, Instant At)> Arrivals { get; } = [];

    public List<byte[]> Frames { get; } = [];

    public int Outstanding => _left.OutstandingBlocks + _right.OutstandingBlocks;

    /// <summary>Sends frames that carry a number and otherwise zeros, all at the present instant.</summary>
    public void Send(int count, int lengthBytes = 100, EtherType type = EtherType.IPv4)
    {
        for (int i = 0; i < count; i++)
        {
            PacketBuffer frame = _left.TryLease()!;
            Span<byte> bytes = frame.Extend(lengthBytes);
            bytes.Clear();
            EthernetHeader.Write(bytes, Link.Right.Address, Link.Left.Address, type);
            BinaryPrimitives.WriteInt32BigEndian(bytes[NumberOffset..], _next++);
            Assert.Equal(1, Link.Left.Transmit([frame], Simulation.Now));
        }
    }

    public void SendEvery(int count, Duration interval, int lengthBytes = 100)
    {
        for (int i = 0; i < count; i++)
        {
            Send(1, lengthBytes);
            Simulation.Run(interval);
        }
    }

    private void Receive()
    {
        int count = Link.Right.Receive(_burst, Simulation.Now);
        for (int i = 0; i < count; i++)
        {
            Arrivals.Add((BinaryPrimitives.ReadInt32BigEndian(_burst[i].Span[NumberOffset..]), Simulation.Now));
            Frames.Add(_burst[i].Span.ToArray());
            _right.Return(_burst[i]);
        }
    }
}
