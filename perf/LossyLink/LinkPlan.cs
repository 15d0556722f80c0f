using NetStack.Core;
using NetStack.Testing;

namespace NetStack.LossyLink;

/// <summary>The links of a run: one a flow, all with the same conditions and each with losses of its own.</summary>
/// <param name="Count">How many.</param>
/// <param name="Conditions">What each does, each way.</param>
/// <param name="Seed">With the number of the link it settles which frames are lost.</param>
internal sealed record LinkPlan(int Count, LinkConditions Conditions, ulong Seed)
{
    /// <summary>The port that receivers listen on.</summary>
    public const int Port = 5001;

    private const string Network = "10.71.";

    /// <summary>The prefix length of each link's network.</summary>
    public const int PrefixLength = 24;

    /// <summary>Makes the plan of the options.</summary>
    public static LinkPlan Make(int count, double rateMegabits, int delayMilliseconds, double loss, int queueFrames, ulong seed) => new(
        count,
        new LinkConditions
        {
            Latency = Duration.FromMilliseconds(delayMilliseconds),
            Loss = loss,
            RateBitsPerSecond = (long)(rateMegabits * 1_000_000),
            QueueFrames = queueFrames,
        },
        seed);

    /// <summary>The sender's address on a link.</summary>
    public static string SenderAddress(int link) => FormattableString.Invariant($"{Network}{link}.1");

    /// <summary>The receiver's address on a link.</summary>
    public static string ReceiverAddress(int link) => FormattableString.Invariant($"{Network}{link}.2");

    /// <summary>The link of an address.</summary>
    public static int LinkOf(System.Net.IPAddress address) => address.MapToIPv4().GetAddressBytes()[2];
}
