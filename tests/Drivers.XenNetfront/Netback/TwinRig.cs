using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>A netfront and its netback twin in one thread, in a simulated machine.</summary>
internal sealed class TwinRig : IDisposable
{
    public static readonly MacAddress Station = new(0x00_16_3E_00_00_01);

    private readonly PacketBuffer[] _burst = new PacketBuffer[64];

    public TwinRig(
        NetfrontOptions? front = null, NetbackOptions? back = null, DeviceOffloads outside = DeviceOffloads.None, int blocks = 2048,
        ushort domain = 1)
    {
        Guest = Xen.AddDomain(domain);
        Toolstack = new VifToolstack(Xen);
        Outside = new TwinWire(outside);
        Twin = new NetbackTwin(Xen.Domain0, domain, 0, Outside, back);
        Toolstack.Attach(Guest, 0, Station);
        Twin.Turn(Xen.Now);
        Queues = NetfrontDevice.OpenQueues(Guest, 0, front ?? new NetfrontOptions());
        Pools = [.. Queues.Select(_ => new PacketPool(blocks))];
        for (int i = 0; i < Queues.Count; i++)
        {
            Queues[i].Attach(Pools[i], () => { });
        }
    }

    public SimulatedXen Xen { get; } = new();

    public SimulatedHypervisor Guest { get; }

    public VifToolstack Toolstack { get; }

    public TwinWire Outside { get; }

    public NetbackTwin Twin { get; }

    public IReadOnlyList<NetfrontDevice> Queues { get; }

    public NetfrontDevice Device => Queues[0];

    public PacketPool[] Pools { get; }

    public PacketPool Pool => Pools[0];

    /// <summary>The frames that the frontend received, as bytes; null where they are only counted.</summary>
    public List<(int Queue, byte[] Bytes, ChecksumState Checksum, GsoType Gso, ushort GsoSizeBytes)>? Received { get; set; } = [];

    public long ReceivedCount { get; private set; }

    /// <summary>One turn of each loop.</summary>
    public void Turn()
    {
        Xen.Now += Duration.FromMilliseconds(1);
        for (int i = 0; i < Queues.Count; i++)
        {
            int count = Queues[i].Receive(_burst, Xen.Now);
            foreach (PacketBuffer frame in _burst.AsSpan(0, count))
            {
                ReceivedCount++;
                if (Received is not null)
                {
                    byte[] bytes = new byte[frame.TotalLength];
                    frame.CopyTo(bytes);
                    Received.Add((i, bytes, frame.Checksum, frame.Gso, frame.GsoSizeBytes));
                }

                frame.Pool.Return(frame);
            }

            Queues[i].Transmit([], Xen.Now);
            Queues[i].Reclaim();
        }

        Twin.Turn(Xen.Now);
    }

    public void Turn(int turns)
    {
        for (int i = 0; i < turns; i++)
        {
            Turn();
        }
    }

    /// <summary>Turns until something is so, at most so often.</summary>
    public bool TurnUntil(Func<bool> condition, int turns = 3000)
    {
        for (int i = 0; i < turns && !condition(); i++)
        {
            Turn();
        }

        return condition();
    }

    public void Connect() => Assert.True(TurnUntil(() => Queues.All(queue => queue.IsUp) && Twin.IsConnected), $"{Device.Fault} {Device.Hint}");

    public void Send(ReadOnlySpan<byte> frame, int queue = 0)
    {
        PacketBuffer packet = Pools[queue].TryLeaseCopy(frame)!;
        Assert.Equal(1, Queues[queue].Transmit([packet], Xen.Now));
    }

    /// <summary>Ends the front side and says what it has left.</summary>
    public void End()
    {
        foreach (NetfrontDevice queue in Queues)
        {
            queue.ReleaseBuffers();
        }

        TurnUntil(() => Pools.All(pool => pool.OutstandingBlocks == 0), 50);
        for (int i = Queues.Count - 1; i >= 0; i--)
        {
            Queues[i].Dispose();
        }
    }

    public void AssertNothingLeft()
    {
        Assert.All(Pools, pool => Assert.Equal("blocks: 0, slices: 0", $"blocks: {pool.OutstandingBlocks}, slices: {pool.OutstandingSlices}"));
        Assert.Equal(0, Guest.Grants.InUse);
        Assert.Equal(0, Guest.PortsOpen);
        Assert.Equal(0, Guest.PagesAllocated);
    }

    public void Dispose()
    {
        End();
        Twin.Dispose();
        Toolstack.Dispose();
        Xen.Dispose();
        foreach (PacketPool pool in Pools)
        {
            GC.KeepAlive(pool);
        }
    }
}
