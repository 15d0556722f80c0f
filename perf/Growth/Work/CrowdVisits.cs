using NetStack.Cli.Verbs.Bench;
using NetStack.Ethernet;
using NetStack.Workloads;

namespace NetStack.Growth.Work;

/// <summary>Acknowledgments for the connections of a crowd.</summary>
internal sealed class CrowdVisits(ConnectionCrowd crowd) : IWorkload
{
    private readonly long _before = crowd.Delivered;

    public long Packets { get; private set; }

    public long Bytes => 0;

    public string? Fault => crowd.Delivered - _before == Packets ? null : "a segment did not find its connection";

    public void Turn()
    {
        crowd.Receive(EthernetPort.BurstFrames);
        Packets += EthernetPort.BurstFrames;
    }

    public void Dispose()
    {
        // The crowd is its maker's.
    }
}
