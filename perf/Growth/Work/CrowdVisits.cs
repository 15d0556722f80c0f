using NetStack.Cli.Verbs.Bench;
using NetStack.Ethernet;
using NetStack.Workloads;

namespace NetStack.Growth.Work;

/// <summary>Acknowledgments for the connections of a crowd.</summary>
internal sealed class CrowdVisits : IWorkload
{
    private readonly ConnectionCrowd _crowd;
    private readonly long _before;

    /// <summary>Makes the visits.</summary>
    /// <param name="crowd">The crowd. It stays its maker's, and has one kind of visits at a time.</param>
    /// <param name="visited">How many of the connections are visited.</param>
    public CrowdVisits(ConnectionCrowd crowd, int visited)
    {
        _crowd = crowd;
        _before = crowd.Delivered;
        crowd.Visit(visited, seed: 2);
    }

    public long Packets { get; private set; }

    public long Bytes => 0;

    public string? Fault => _crowd.Delivered - _before == Packets ? null : "a segment did not find its connection";

    public void Turn()
    {
        _crowd.Receive(EthernetPort.BurstFrames);
        Packets += EthernetPort.BurstFrames;
    }

    public void Dispose()
    {
        // Holds nothing of its own.
    }
}
