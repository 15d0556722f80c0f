using System.Globalization;

namespace NetStack.Differential.Tests;

/// <summary>What the implementations offer and accept in their handshakes; the kernel takes it from settings of a namespace.</summary>
internal sealed record OptionSet(bool Timestamps, bool WindowScale, bool Sack)
{
    /// <summary>The payload of a full segment without options: both interfaces have this MTU but for the 40 bytes of headers.</summary>
    public const int SegmentBytes = 1000;

    /// <summary>The MTU of both interfaces.</summary>
    public const int MtuBytes = SegmentBytes + 40;

    /// <summary>The window scale offered where one is: what the kernel works out of the largest receive buffer it is allowed.</summary>
    public const int Scale = 7;

    /// <summary>
    /// The kernel's receive buffer. About half of it is offered as the window. Without a scale that must be below 64 KiB: the
    /// kernel takes in what fits its own window, be it larger than what the header could say.
    /// </summary>
    public int KernelReceiveBufferBytes => WindowScale ? 4 << 20 : 64 << 10;

    /// <summary>What the kernel may give to a receive buffer: it sets the scale.</summary>
    public const int KernelReceiveMaximumBytes = 4 << 20;

    /// <summary>The kernel's send buffer: more than any program sends.</summary>
    public const int KernelSendBufferBytes = 4 << 20;

    /// <summary>Our receive buffer.</summary>
    public int ReceiveBufferBytes => WindowScale ? 1 << 20 : 32 << 10;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"timestamps={Timestamps} scale={WindowScale} sack={Sack}");
}
