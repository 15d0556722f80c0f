using System.Globalization;
using System.Text;
using NetStack.Core;

namespace NetStack.Testing;

/// <summary>What a direction of a link does to its frames. By default: nothing, in no time.</summary>
/// <remarks>
/// A frame is offered, waits in the queue for its turn on the wire, is lost there or not, and arrives after latency and
/// jitter. Probabilities are between 0 and 1 and apply to each frame by itself.
/// </remarks>
public sealed record LinkConditions
{
    /// <summary>A link without any fault, in no time.</summary>
    public static LinkConditions Perfect { get; } = new();

    /// <summary>Whether frames pass at all. Frames offered while this is false are lost; those in flight arrive.</summary>
    public bool IsUp { get; init; } = true;

    /// <summary>The time from the end of the transmission to the arrival.</summary>
    public Duration Latency { get; init; }

    /// <summary>The most that is added to the latency at random; frames are not overtaken by it.</summary>
    public Duration Jitter { get; init; }

    /// <summary>The probability that a frame is lost.</summary>
    public double Loss { get; init; }

    /// <summary>Losses that come in bursts, besides <see cref="Loss"/>; null for none.</summary>
    public BurstLoss? Bursts { get; init; }

    /// <summary>The probability that a frame arrives twice.</summary>
    public double Duplication { get; init; }

    /// <summary>The probability that a frame is held back by <see cref="ReorderingDelay"/>, so that later ones overtake it.</summary>
    public double Reordering { get; init; }

    /// <summary>How long a frame is held back at most; at random between zero and this.</summary>
    public Duration ReorderingDelay { get; init; } = Duration.FromMilliseconds(10);

    /// <summary>
    /// The probability that bits of a frame are flipped, all within one 16-bit word behind the link header, so that the
    /// internet checksum is certain to detect it. A frame without internet checksum (ARP) is lost instead, as a frame
    /// check sequence would have it.
    /// </summary>
    public double Corruption { get; init; }

    /// <summary>The bits that pass in a second; 0 for no limit.</summary>
    public long RateBitsPerSecond { get; init; }

    /// <summary>The bytes that may wait for the wire, that of the frame being sent included; beyond it frames are dropped. 0 for no limit.</summary>
    public int QueueBytes { get; init; }

    /// <summary>The frames that may wait for the wire, the one being sent included; beyond it frames are dropped. 0 for no limit.</summary>
    public int QueueFrames { get; init; }

    /// <summary>
    /// The bytes waiting for the wire beyond which packets that are ECN-capable are marked, as a router with active queue
    /// management does early; 0 marks none.
    /// </summary>
    public int MarkingQueueBytes { get; init; }

    /// <summary>The largest network-layer packet. The device of the sending end says so from the start; larger frames are lost.</summary>
    public int MtuBytes { get; init; } = 1500;

    /// <summary>What differs from a perfect link, in short.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        Append(text, !IsUp, $"down");
        Append(text, Latency != default, $"latency {Latency}");
        Append(text, Jitter != default, $"jitter {Jitter}");
        Append(text, Loss > 0, $"loss {Loss}");
        Append(text, Bursts is not null, $"{Bursts}");
        Append(text, Duplication > 0, $"duplication {Duplication}");
        Append(text, Reordering > 0, $"reordering {Reordering} by {ReorderingDelay}");
        Append(text, Corruption > 0, $"corruption {Corruption}");
        Append(text, RateBitsPerSecond > 0, $"rate {RateBitsPerSecond} bit/s");
        Append(text, QueueBytes > 0, $"queue {QueueBytes} B");
        Append(text, QueueFrames > 0, $"queue {QueueFrames} frames");
        Append(text, MarkingQueueBytes > 0, $"marks beyond {MarkingQueueBytes} B");
        Append(text, MtuBytes != Perfect.MtuBytes, $"MTU {MtuBytes}");
        return text.Length == 0 ? "perfect" : text.ToString();
    }

    private static void Append(StringBuilder text, bool isTold, FormattableString part)
    {
        if (isTold)
        {
            text.Append(text.Length == 0 ? "" : ", ").Append(part.ToString(CultureInfo.InvariantCulture));
        }
    }
}
