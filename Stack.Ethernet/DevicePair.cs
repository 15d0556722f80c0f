using NetStack.Core;

namespace NetStack.Ethernet;

/// <summary>
/// An in-memory cable: two devices, each receiving what the other transmits. The two ends may belong to different loops
/// on different threads: each direction is a ring with one producer and one consumer.
/// </summary>
public sealed class DevicePair : IDisposable
{
    /// <summary>The frames a direction holds before the sender has to wait.</summary>
    public const int DefaultCapacityFrames = 1024;

    /// <summary>Makes the cable.</summary>
    /// <param name="medium">What the packets start with.</param>
    /// <param name="mtuBytes">The largest network-layer packet.</param>
    /// <param name="capacityFrames">The frames each direction holds; a power of two.</param>
    public DevicePair(DeviceMedium medium = DeviceMedium.Ethernet, int mtuBytes = 1500, int capacityFrames = DefaultCapacityFrames)
    {
        FrameRing toRight = new(capacityFrames);
        FrameRing toLeft = new(capacityFrames);
        DeviceCapabilities capabilities = new(medium, mtuBytes);
        Left = new CableEnd("cable:left", new MacAddress(0x02_00_5E_10_00_01), capabilities, toLeft, toRight);
        Right = new CableEnd("cable:right", new MacAddress(0x02_00_5E_10_00_02), capabilities, toRight, toLeft);
        toRight.Receiver = (CableEnd)Right;
        toRight.Sender = (CableEnd)Left;
        toLeft.Receiver = (CableEnd)Left;
        toLeft.Sender = (CableEnd)Right;
    }

    /// <summary>One end of the cable.</summary>
    public IEthernetDevice Left { get; }

    /// <summary>The other end.</summary>
    public IEthernetDevice Right { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
    }
}
