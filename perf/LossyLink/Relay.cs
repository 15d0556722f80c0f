using System.Diagnostics;
using NetStack.Core;
using NetStack.Drivers.Linux;
using NetStack.Drivers.Tap;
using NetStack.Ethernet;
using NetStack.Testing;

namespace NetStack.LossyLink;

/// <summary>
/// Carries frames between pairs of TAPs over links of the simulator, whose time a real clock drives: what they meet is what
/// they meet in a simulation, to the draw of each loss.
/// </summary>
internal sealed class Relay : IDisposable
{
    private const int PoolBlocks = 65_536;
    private static readonly Duration _longestSleep = Duration.FromMilliseconds(100);

    private readonly Simulation _simulation;
    private readonly PacketPool _pool = new(PoolBlocks);
    private readonly PollWaiter _waiter = new();
    private readonly PacketBuffer[] _burst = new PacketBuffer[EthernetPort.BurstFrames];
    private readonly List<(IEthernetDevice From, IEthernetDevice To)> _ways = [];
    private readonly List<TapDevice> _taps = [];
    private readonly long _origin = Stopwatch.GetTimestamp();

    /// <summary>Opens the TAPs <c>left0</c>, <c>right0</c>, <c>left1</c>, ...</summary>
    public Relay(LinkPlan plan)
    {
        _simulation = new Simulation(plan.Seed);
        for (int i = 0; i < plan.Count; i++)
        {
            SimulatedLink link = _simulation.AddLink(plan.Conditions);
            AddEnd(link.Left, FormattableString.Invariant($"left{i}"));
            AddEnd(link.Right, FormattableString.Invariant($"right{i}"));
        }
    }

    /// <summary>Frames that a TAP did not take.</summary>
    public long Refused { get; private set; }

    /// <summary>The longest that the clock was ahead of the simulation: how late a frame was at most.</summary>
    public Duration LongestLag { get; private set; }

    /// <summary>What became of the frames of each link.</summary>
    public IEnumerable<string> Describe() => _simulation.Links.SelectMany(link => new[] { link.LeftToRight.Describe(), link.RightToLeft.Describe() });

    /// <summary>Carries frames until it is told to stop.</summary>
    public void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Duration lag = Now - Instant.Max(_simulation.NextEvent, default);
            LongestLag = _simulation.NextEvent == Instant.Never ? LongestLag : Duration.Max(LongestLag, lag);
            bool isIdle = true;
            foreach ((IEthernetDevice from, IEthernetDevice to) in _ways)
            {
                isIdle &= Move(from, to) < _burst.Length;
            }

            Duration sleep = Duration.Min(_simulation.NextEvent - Now, _longestSleep);
            if (isIdle && sleep > Duration.Zero)
            {
                _waiter.Wait(sleep);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _waiter.Dispose();
        _taps.ForEach(tap => tap.Dispose());
    }

    private Instant Now => new((long)Stopwatch.GetElapsedTime(_origin).TotalNanoseconds);

    private void AddEnd(IEthernetDevice end, string name)
    {
        TapDevice tap = TapDevice.Open(name, new TapOptions { Offloads = false });
        _taps.Add(tap);
        end.Attach(_pool, static () => { });
        tap.Attach(_pool, static () => { });
        _waiter.TryAdd(tap);
        _ways.Add((tap, end));
        _ways.Add((end, tap));
    }

    private int Move(IEthernetDevice from, IEthernetDevice to)
    {
        Instant now = Now;
        _simulation.Run(Duration.Max(now - _simulation.Now, Duration.Zero));
        int count = from.Receive(_burst, _simulation.Now);
        int taken = count == 0 ? 0 : to.Transmit(_burst.AsSpan(0, count), _simulation.Now);
        for (int i = taken; i < count; i++)
        {
            Refused++;
            _pool.Return(_burst[i]);
        }

        return count;
    }
}
