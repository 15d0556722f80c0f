using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Tcp.Tests;

/// <summary>A link that delays, loses, doubles and reorders packets, by a seed. Each direction has an end that is a device.</summary>
internal sealed class FaultyLink
{
    public FaultyLink(ulong seed, int mtuBytes = 1500, DeviceOffloads offloads = DeviceOffloads.None)
    {
        SeededEntropy entropy = new(seed);
        Left = new LinkEnd(this, entropy.Fork(1), mtuBytes, offloads);
        Right = new LinkEnd(this, entropy.Fork(2), mtuBytes, offloads);
        Left.Other = Right;
        Right.Other = Left;
    }

    public LinkEnd Left { get; }

    public LinkEnd Right { get; }

    /// <summary>Lost of 1000.</summary>
    public int LossPermille { get; init; }

    /// <summary>Sent twice of 1000.</summary>
    public int DuplicationPermille { get; init; }

    /// <summary>Overtaken by later ones, of 1000.</summary>
    public int ReorderingPermille { get; init; }

    public Duration Delay { get; init; } = Duration.FromMilliseconds(5);

    /// <summary>When the next packet arrives at either end.</summary>
    public Instant NextArrival => Instant.Min(Left.NextArrival, Right.NextArrival);
}
