using System.Runtime.InteropServices;

namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>The conversations of a capture, in the order of their first packets. Bounded.</summary>
internal sealed class FlowTable
{
    /// <summary>The most conversations told apart: beyond it, packets of new ones are only counted.</summary>
    public const int MaximumFlows = 1_000_000;

    private readonly Dictionary<FlowKey, FlowTally> _current = [];
    private readonly List<FlowTally> _all = [];

    /// <summary>Packets of conversations that found no room.</summary>
    public long UntrackedPackets { get; private set; }

    public void Count(in PacketFacts facts, in CaptureRecord record)
    {
        var key = FlowKey.Of(in facts);
        if (!_current.TryGetValue(key, out FlowTally? flow) || flow.IsReusedBy(in facts))
        {
            if (_all.Count == MaximumFlows)
            {
                UntrackedPackets++;
                return;
            }

            flow = new FlowTally(in facts);
            _all.Add(flow);
            _current[key] = flow;
        }

        flow.Count(in facts, in record);
    }

    public CaptureFlow[] ToResult()
    {
        var result = new CaptureFlow[_all.Count];
        Span<FlowTally> all = CollectionsMarshal.AsSpan(_all);
        for (int index = 0; index < all.Length; index++)
        {
            result[index] = all[index].ToResult();
        }

        return result;
    }
}
