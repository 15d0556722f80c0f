using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>How a vchan is opened.</summary>
public sealed class VchanOptions
{
    /// <summary>The largest ring, in bytes.</summary>
    public const int MaximumRingBytes = 1 << VchanLayout.MaximumOrder;

    /// <summary>
    /// The least size of the ring that is received from, in bytes: a power of two is made of it, and one of 1,024 and one of 2,048
    /// bytes fit in the shared page. Only the server chooses.
    /// </summary>
    public int ReceiveRingBytes { get; init; } = 64 * 1024;

    /// <summary>The least size of the ring that is sent through, in bytes. Only the server chooses.</summary>
    public int TransmitRingBytes { get; init; } = 64 * 1024;

    /// <summary>How many received bytes wait for the application before the ring is left to fill up.</summary>
    public int PauseReceivingBytes { get; init; } = 64 * 1024;

    /// <summary>How many flushed bytes wait for room in the ring before a flush waits.</summary>
    public int PauseWriterBytes { get; init; } = 64 * 1024;

    /// <summary>How long closing waits for the peer to make room for what was flushed; what has no room by then is lost.</summary>
    public Duration LingerLimit { get; init; } = Duration.FromSeconds(10);
}
