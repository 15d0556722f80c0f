using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>
/// A netfront at work against a twin that lies, over and over: what it did is counted, what it must not do is an exception with
/// the seed and the last lie. Everything follows from the seed.
/// </summary>
internal sealed class HostileTwin
{
    /// <summary>After so many turns without service the toolstack makes the interface anew.</summary>
    private const int PatienceTurns = 12;

    // Enough that time limits of a connection pass in a few turns.
    private static readonly Duration _step = Duration.FromMilliseconds(150);

    private readonly SeededEntropy _entropy;
    private readonly ulong _seed;
    private readonly PacketBuffer[] _burst = new PacketBuffer[64];
    private readonly byte[] _frame = Frames.Make(66_000);
    private TwinRig _rig = null!;
    private int _silentTurns;

    public HostileTwin(ulong seed)
    {
        _seed = seed;
        _entropy = new SeededEntropy(seed);
    }

    public long LiesTold { get; private set; }

    public long FramesReceived { get; private set; }

    public long FramesArrived { get; private set; }

    public long Connections { get; private set; }

    public Dictionary<NetfrontFault, long> Faults { get; } = [];

    /// <summary>Lies to one device after another, until so many lies have been told.</summary>
    /// <param name="lies">How many.</param>
    /// <param name="targets">What about.</param>
    /// <param name="perDevice">How many each device hears before it is ended and what it leaves is counted.</param>
    public void Run(long lies, LieTarget targets, long perDevice)
    {
        while (LiesTold < lies)
        {
            int queues = _entropy.Next(4) == 0 ? 2 : 1;
            _rig = new TwinRig(MakeOptions(queues), blocks: 600) { Received = null };
            _rig.Outside.Keeps = false;
            _rig.Xen.IsScribbling = _entropy.Next(4) == 0;
            NetbackLies liar = new(_entropy.NextUInt64(), targets, interval: 1 << _entropy.Next(4));
            try
            {
                while (liar.Told < perDevice)
                {
                    Step(liar);
                }

                LiesTold += liar.Told;
                AssertServiceReturns();
                FramesArrived += _rig.Outside.Count;
                Connections += _rig.Twin.Counters.Connections;
                _rig.End();
                _rig.AssertNothingLeft();
            }
            catch (Exception wrong)
            {
                throw new InvalidOperationException($"seed {_seed}, {LiesTold + liar.Told} lies, the last about {liar.Last}: {wrong.Message}", wrong);
            }
            finally
            {
                _rig.Dispose();
            }
        }
    }

    private void Step(NetbackLies liar)
    {
        bool isUp = _rig.Twin.IsConnected && _rig.Device.IsUp;
        _rig.Twin.Lies = isUp ? liar : null;
        _rig.Xen.Now += _step;
        for (int i = 0; i < _rig.Queues.Count; i++)
        {
            TurnQueue(_rig.Queues[i], _rig.Pools[i]);
        }

        Offer();
        _rig.Twin.Turn(_rig.Xen.Now);
        Count(_rig.Device.Fault);
        _silentTurns = isUp && _rig.Twin.Fault == NetbackFault.None ? 0 : _silentTurns + 1;
        if (_silentTurns > PatienceTurns || _entropy.Next(2000) == 0)
        {
            MakeAnew();
        }
    }

    private void TurnQueue(NetfrontDevice device, PacketPool pool)
    {
        int count = device.Receive(_burst, _rig.Xen.Now);
        foreach (PacketBuffer frame in _burst.AsSpan(0, count))
        {
            Check(frame, pool);
            FramesReceived++;
            pool.Return(frame);
        }

        for (int frames = _entropy.Next(4); frames > 0; frames--)
        {
            if (MakeFrame(pool) is { } frame && device.Transmit([frame], _rig.Xen.Now) == 0)
            {
                pool.Return(frame);
            }
        }

        device.Reclaim();
    }

    /// <summary>A frame may hold any bytes after a lie, but they stand in the pool's blocks and within them.</summary>
    private static void Check(PacketBuffer frame, PacketPool pool)
    {
        Assert.InRange(frame.TotalLength, 1, 0xFFFF + 18);
        for (PacketBuffer? block = frame; block is not null; block = block.Next)
        {
            Assert.Same(pool, block.Pool);
            Assert.True(block.Start >= 0 && block.Start + block.Length <= PacketBuffer.BlockBytes);
        }

        if (frame.Checksum == ChecksumState.ToBeFilled)
        {
            Assert.InRange(frame.ChecksumStart + frame.ChecksumOffset + 2, frame.Start, frame.Start + frame.Length);
        }
    }

    private PacketBuffer? MakeFrame(PacketPool pool)
    {
        int lengthBytes = _entropy.Next(8) switch { 0 => 20_000 + _entropy.Next(40_000), 1 => 2000 + _entropy.Next(8000), _ => 60 + _entropy.Next(1400) };
        return pool.AvailableBlocks < 40 ? null : pool.TryLeaseCopy(_frame.AsSpan(0, lengthBytes));
    }

    private void Offer()
    {
        for (int frames = _entropy.Next(4); frames > 0; frames--)
        {
            if (MakeFrame(_rig.Twin.Pool) is { } frame)
            {
                _rig.Outside.Offer(frame);
            }
        }
    }

    private void MakeAnew()
    {
        _silentTurns = 0;
        if (_entropy.Next(4) == 0)
        {
            _rig.Twin.Revive();
            return;
        }

        if (_entropy.Next(4) == 0)
        {
            _rig.Xen.Resume(_rig.Guest, Duration.FromSeconds(3), () => _rig.Toolstack.Restore(_rig.Guest, 0, TwinRig.Station));
        }
        else
        {
            _rig.Toolstack.Restore(_rig.Guest, 0, TwinRig.Station);
        }

        _rig.Twin.Revive();
    }

    /// <summary>With the truth told again the device serves again, without being opened anew.</summary>
    private void AssertServiceReturns()
    {
        _rig.Twin.Lies = null;
        _rig.Toolstack.Restore(_rig.Guest, 0, TwinRig.Station);
        _rig.Twin.Revive();
        bool isUp = false;
        for (int i = 0; i < 200 && !isUp; i++)
        {
            _rig.Xen.Now += _step;
            _rig.Turn();
            isUp = _rig.Twin.IsConnected && _rig.Queues.All(queue => queue.IsUp);
        }

        Assert.True(isUp, $"not up again: {_rig.Device.Fault} {_rig.Device.Hint}; the backend: {_rig.Twin.Fault}");
        _rig.Turn(5);
        _rig.Received = [];
        long arrived = _rig.Outside.Count;
        byte[] frame = Frames.Make(1400, 5);
        _rig.Send(frame);
        _rig.Outside.Offer(frame);
        _rig.Turn(5);
        Assert.Equal(arrived + 1, _rig.Outside.Count);
        Assert.Equal(frame, Assert.Single(_rig.Received).Bytes);
        _rig.Received = null;
    }

    private void Count(NetfrontFault fault)
    {
        if (fault != NetfrontFault.None)
        {
            Faults[fault] = Faults.GetValueOrDefault(fault) + 1;
        }
    }

    private NetfrontOptions MakeOptions(int queues) => new()
    {
        Queues = queues,
        ScatterGather = _entropy.Next(4) != 0,
        SegmentationV4 = _entropy.Next(2) == 0,
        SplitEventChannels = _entropy.Next(2) == 0,
        StagingGrants = _entropy.Next(2) == 0,
        MulticastControl = _entropy.Next(2) == 0,
        ReceiveHeadroom = _entropy.Next(4) == 0,
    };
}
