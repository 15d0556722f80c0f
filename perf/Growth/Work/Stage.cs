using NetStack.Cli.Verbs.Bench.Workloads;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Growth.Work;

/// <summary>The addresses that the workloads have in common.</summary>
internal static class Stage
{
    /// <summary>The packets of a turn.</summary>
    public const int Batch = EthernetPort.BurstFrames;

    /// <summary>The packets of a tape: as many for every size of a table, so that to read them costs the same.</summary>
    public const int TapePackets = 1 << 16;

    /// <summary>The visited of a table where it is not all: few enough to stay in the nearest cache.</summary>
    public const int WorkingSet = 64;

    /// <summary>The MTU of Ethernet.</summary>
    public const int Mtu = 1500;

    /// <summary>The host.</summary>
    public static readonly IpAddress Host = new(10 << 24 | 1);

    /// <summary>The first of the peers, each at the address after the last.</summary>
    public const uint FirstPeer = 10 << 24 | 1 << 16;

    /// <summary>The first port that peers send from.</summary>
    public const int FirstPeerPort = 2048;

    /// <summary>Attaches a device whose peers are all of 10.0.0.0/8.</summary>
    public static void Attach(BenchHost host, IEthernetDevice device, IpAddress address) =>
        host.Ip.Attach(device, static () => { }).Add(new IpPrefix(address, 8));

    /// <summary>Numbers below a count in an order that nobody foresees, as many as a tape has packets.</summary>
    public static IEnumerable<int> Visits(int count)
    {
        SeededEntropy entropy = new(7);
        for (int i = 0; i < TapePackets; i++)
        {
            yield return entropy.Next(count);
        }
    }
}
