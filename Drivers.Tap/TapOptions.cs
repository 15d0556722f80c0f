using NetStack.Ethernet;

namespace NetStack.Drivers.Tap;

/// <summary>How to open a TAP.</summary>
public sealed class TapOptions
{
    /// <summary>The smallest MTU: what IPv4 asks of every link. In bytes.</summary>
    /// <remarks>RFC 791 §3.2.</remarks>
    public const int MinimumMtuBytes = 68;

    /// <summary>The largest MTU that the kernel gives a TAP, in bytes.</summary>
    public const int MaximumMtuBytes = 65_521;

    /// <summary>The most queues of one TAP: what the kernel allows.</summary>
    public const int MaximumQueues = 256;

    /// <summary>
    /// The stack's own station address. It must differ from the kernel's at the other end of the TAP. Where null, one is
    /// made of the interface's name and <see cref="Entropy"/>.
    /// </summary>
    public MacAddress? Address { get; init; }

    /// <summary>
    /// What makes the derived station address differ from that of other processes: the same name and entropy give the same
    /// address. Where null, it is drawn from the operating system.
    /// </summary>
    public ulong? Entropy { get; init; }

    /// <summary>
    /// The largest packet in bytes, without the link header. Where null, the interface's. An interface that is created by
    /// opening it is set to this; one that exists must have at least this.
    /// </summary>
    public int? MtuBytes { get; init; }

    /// <summary>
    /// Whether checksums and segmentation are left to the kernel, both ways: super-frames of up to 64 KiB pass in one call. The
    /// kernel then does the work where it must be done at all, and spares it on the way to a local program.
    /// </summary>
    public bool Offloads { get; init; } = true;

    /// <summary>
    /// Whether an interface that is down and has no address is set up. One with addresses is left alone: setting it up
    /// changes the machine's routes, which is its administrator's to decide.
    /// </summary>
    public bool SetUp { get; init; } = true;
}
