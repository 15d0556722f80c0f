using NetStack.Core;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>What the devices of the other workloads do with no stack between: a frame is leased, made, checked and returned.</summary>
internal sealed class FramesAlone(int batch) : IWorkload
{
    private const uint Destination = 0x0A00_0001;

    private readonly PacketPool _pool = new(4096);
    private readonly PacketBuffer[] _burst = new PacketBuffer[batch];
    private readonly DatagramTemplate _template = new(new(0x02_00_5E_10_00_01), new(0x02_00_5E_10_00_02), 0x0A00_0002, 7);

    public long Packets { get; private set; }

    public long Bytes => Packets * DatagramTemplate.FrameBytes;

    public string? Fault { get; private set; }

    public void Turn()
    {
        foreach (ref PacketBuffer slot in _burst.AsSpan())
        {
            slot = _pool.TryLease()!;
            _template.Write(slot.Extend(DatagramTemplate.FrameBytes), Destination, (ushort)Packets, (ulong)Packets);
            Packets++;
        }

        foreach (PacketBuffer packet in _burst)
        {
            if (!DatagramTemplate.IsIntact(packet.Span))
            {
                Fault ??= "a frame is wrong";
            }

            _pool.Return(packet);
        }
    }

    public void Dispose()
    {
        // The pool's memory goes with it.
    }
}
