using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>A guest with one interface, and its backend: both sides take turns on one thread.</summary>
internal sealed class NetfrontRig : IDisposable
{
    public static readonly MacAddress Address = new(0x00_16_3E_00_00_01);

    private const int MostTurns = 10_000;

    private readonly PacketBuffer[] _burst = new PacketBuffer[64];
    private bool _hasNews = true;

    public NetfrontRig(
        NetfrontOptions? options = null, NetbackOptions? backend = null, int maximumBlocks = 4096, DeviceOffloads outside = DeviceOffloads.None,
        int maximumGrants = 65_536, int mtuBytes = 0)
    {
        Xen = new SimulatedXen { MaximumGrants = maximumGrants, IsScribbling = true, Now = new Instant(1_000_000_000) };
        Guest = Xen.AddDomain(1);
        Toolstack = new VifToolstack(Xen);
        Outside = new OuterNetwork(outside);
        Twin = new NetbackTwin(Xen.Domain0, 1, 0, Outside, backend, wake: () => _hasNews = true);
        Toolstack.Attach(Guest, 0, Address, mtuBytes);
        TurnTwin();
        Queues = NetfrontDevice.OpenQueues(Guest, 0, options);
        foreach (NetfrontDevice queue in Queues)
        {
            PacketPool pool = new(maximumBlocks);
            Pools.Add(pool);
            queue.Attach(pool, () => _hasNews = true);
        }
    }

    public SimulatedXen Xen { get; }

    public SimulatedHypervisor Guest { get; }

    public VifToolstack Toolstack { get; }

    public OuterNetwork Outside { get; }

    public NetbackTwin Twin { get; }

    public IReadOnlyList<NetfrontDevice> Queues { get; }

    public NetfrontDevice Device => Queues[0];

    public List<PacketPool> Pools { get; } = [];

    public PacketPool Pool => Pools[0];

    /// <summary>What the guest has received.</summary>
    public List<TestFrame> Received { get; } = [];

    /// <summary>The same by queue.</summary>
    public int[] ReceivedBy { get; } = new int[NetfrontOptions.MaximumQueues];

    /// <summary>Whether received frames are counted only.</summary>
    public bool IsForgetful { get; set; }

    public long FramesReceived { get; private set; }

    public string? FrontendNode(string name) => Toolstack.Read($"{VifToolstack.FrontendPath(Guest, 0)}/{name}");

    public string? BackendNode(string name) => Toolstack.Read($"{Toolstack.BackendPath(Guest, 0)}/{name}");

    /// <summary>Runs both sides until neither has anything to do.</summary>
    public void Settle()
    {
        for (int turn = 0; turn < MostTurns; turn++)
        {
            _hasNews = false;
            if (!TurnGuest() & !TurnTwin() & !_hasNews)
            {
                return;
            }
        }

        throw new InvalidOperationException($"No rest after {MostTurns} turns: {Device.Fault}, {Twin.Fault}.");
    }

    public bool TurnTwin() => Twin.Turn(Xen.Now);

    public bool TurnGuest()
    {
        bool isBusy = false;
        for (int i = 0; i < Queues.Count; i++)
        {
            int count = Queues[i].Receive(_burst, Xen.Now);
            isBusy |= count > 0;
            FramesReceived += count;
            ReceivedBy[i] += count;
            foreach (PacketBuffer frame in _burst.AsSpan(0, count))
            {
                if (!IsForgetful)
                {
                    Received.Add(TestFrame.Of(frame));
                }

                Pools[i].Return(frame);
            }

            Queues[i].Reclaim();
        }

        return isBusy;
    }

    /// <summary>Lets time pass, a second at most at a time.</summary>
    public void Pass(Duration time)
    {
        Xen.Now += time;
        Settle();
    }

    /// <summary>Sends a frame of the guest's.</summary>
    public bool Send(TestFrame frame, int queue = 0)
    {
        PacketBuffer packet = frame.Lease(Pools[queue]);
        if (Queues[queue].Transmit([packet], Xen.Now) == 1)
        {
            return true;
        }

        packet.Pool.Return(packet);
        return false;
    }

    public void Dispose()
    {
        foreach (NetfrontDevice queue in Queues)
        {
            queue.Dispose();
        }

        Twin.Dispose();
        Toolstack.Dispose();
        Xen.Dispose();
    }
}
