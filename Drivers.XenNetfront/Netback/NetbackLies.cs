using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// How a <see cref="NetbackTwin"/> lies: each time it shows something to its frontend it may change it first, at random but
/// repeatably by the seed. The rest it does right, so that the lies meet a device at work.
/// </summary>
public sealed class NetbackLies
{
    private static readonly string[] Nodes =
    [
        "state", "feature-sg", "feature-gso-tcpv4", "feature-gso-tcpv6", "feature-rx-copy", "feature-multicast-control", "mac",
        "feature-dynamic-multicast-control", "feature-split-event-channels", "feature-ctrl-ring", "feature-xdp-headroom",
        "feature-ipv6-csum-offload", "feature-no-csum-offload", "multi-queue-max-queues", "online", "hotplug-status", "carrier",
    ];

    private static readonly string[] Values =
    [
        "", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "-1", "18446744073709551616", "4294967296", "x", "0x4", " 4", "4 ", "4\0",
        "\ud800", "999999999999999999999999", "true",
    ];

    private readonly SeededEntropy _entropy;
    private readonly LieTarget _targets;
    private readonly int _interval;

    /// <summary>Makes a liar.</summary>
    /// <param name="seed">One seed, one list of lies, as long as the frontend asks the same.</param>
    /// <param name="targets">What it lies about.</param>
    /// <param name="interval">How many chances it lets pass for each lie, on average.</param>
    public NetbackLies(ulong seed, LieTarget targets = LieTarget.Everything, int interval = 16)
    {
        _entropy = new SeededEntropy(seed);
        _targets = targets;
        _interval = interval;
    }

    /// <summary>The lies told.</summary>
    public long Told { get; private set; }

    /// <summary>The kind of the last lie, for the message of a failed test.</summary>
    public LieTarget Last { get; private set; }

    /// <summary>Changes responses that are about to be shown.</summary>
    internal unsafe void Distort(BackRing ring, LieTarget target)
    {
        int responses = ring.UnpushedResponses;
        if (responses == 0 || !Chance(target))
        {
            return;
        }

        Span<byte> slot = new(ring.UnpushedResponse(_entropy.Next(responses)), target == LieTarget.ControlResponses ? 12 : target == LieTarget.ReceiveResponses ? 8 : 4);
        int field = _entropy.Next(slot.Length / sizeof(ushort)) * sizeof(ushort);
        ushort value = MakeValue((ushort)(slot[field] | (slot[field + 1] << 8)));
        slot[field] = (byte)value;
        slot[field + 1] = (byte)(value >> 8);
    }

    /// <summary>Lies about all that is no response, at the end of a turn.</summary>
    /// <returns>Whether it did.</returns>
    internal unsafe bool TellMore(NetbackTwin twin, IXenStore store, string path, ReadOnlySpan<NetbackQueue> queues, IEventChannels events)
    {
        long told = Told;
        if (!queues.IsEmpty)
        {
            NetbackQueue queue = queues[_entropy.Next(queues.Length)];
            BackRing ring = _entropy.Next(2) == 0 ? queue.TransmitRing : queue.ReceiveRing;
            if (Chance(LieTarget.Indices))
            {
                uint* index = (uint*)ring.Page + _entropy.Next(4);
                *index = _entropy.Next(2) == 0 ? *index + (uint)_entropy.Next(600) - 300 : _entropy.NextUInt32();
            }

            if (Chance(LieTarget.Pages))
            {
                int length = 1 << _entropy.Next(7);
                _entropy.Fill(new Span<byte>(ring.Page + _entropy.Next(NetifLayout.PageBytes - length), length));
            }

            if (Chance(LieTarget.Events))
            {
                for (int i = _entropy.Next(64); i >= 0; i--)
                {
                    events.Notify(queue.ReceivePort);
                }
            }
        }

        if (Chance(LieTarget.Store))
        {
            store.Write($"{path}/{Nodes[_entropy.Next(Nodes.Length)]}", Values[_entropy.Next(Values.Length)]);
        }

        if (Chance(LieTarget.Death))
        {
            twin.Die();
        }

        twin.Counters.Lies = Told;
        return Told != told;
    }

    private bool Chance(LieTarget target)
    {
        if ((_targets & target) == 0 || _entropy.Next(_interval) != 0)
        {
            return false;
        }

        Told++;
        Last = target;
        return true;
    }

    /// <summary>A value near the true one, near an edge, or any.</summary>
    private ushort MakeValue(ushort value) => _entropy.Next(4) switch
    {
        0 => (ushort)(value ^ (1 << _entropy.Next(16))),
        1 => (ushort)(value + _entropy.Next(9) - 4),
        2 => (_entropy.Next(6)) switch { 0 => 0, 1 => 0xFFFF, 2 => 0x8000, 3 => 0x7FFF, 4 => 4096, _ => 4097 },
        _ => _entropy.NextUInt16(),
    };
}
