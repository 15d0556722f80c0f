using NetStack.Core;

namespace NetStack.Ethernet;

/// <summary>
/// A network device: TAP, netfront, a capture file, a simulated link. Every member but <see cref="IDisposable.Dispose"/>
/// is called by the one loop that the device is attached to.
/// </summary>
/// <remarks>
/// The interface is crossed once a burst, never once a frame. A device takes its receive buffers from the pool it was
/// attached to, with <see cref="PacketBuffer.DefaultHeadroomBytes"/> of headroom, and returns transmitted ones to the
/// pool they came from.
/// </remarks>
public interface IEthernetDevice : IDisposable
{
    /// <summary>The name a person knows the device by, such as <c>tap:tap0</c>.</summary>
    string Name { get; }

    /// <summary>The station address. All zero for <see cref="DeviceMedium.Ip"/>.</summary>
    MacAddress Address { get; }

    /// <summary>What the device can do and how large its packets may be. Does not change after <see cref="Attach"/>.</summary>
    DeviceCapabilities Capabilities { get; }

    /// <summary>What wakes the loop: the device itself, or the one behind where this one only stands before another.</summary>
    IEthernetDevice Source => this;

    /// <summary>Ties the device to a loop's pool. Called once, before any frame moves.</summary>
    /// <param name="pool">Where receive buffers come from.</param>
    /// <param name="wake">Wakes the sleeping loop, from any thread: for devices that no <see cref="IDeviceWaiter"/> watches.</param>
    void Attach(PacketPool pool, Action wake);

    /// <summary>Takes the frames that have arrived, whole, from the link header on. Does not block.</summary>
    /// <param name="burst">Filled from its start with packets, now the caller's.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <returns>How many. Fewer than the burst has room for means that there is nothing more for now, or that the loop is woken for it.</returns>
    int Receive(Span<PacketBuffer> burst, Instant now);

    /// <summary>Sends frames. Does not block.</summary>
    /// <param name="burst">Whole frames, each a chain; their blocks must not be written while the device holds them.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <returns>How many from the start of the burst the device took over; the rest stay the caller's, for later.</returns>
    int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now);

    /// <summary>Returns the buffers of frames whose transmission is complete. Called once a turn.</summary>
    void Reclaim();

    /// <summary>Returns the empty buffers that stand ready for the frames to come, as the loop ends. A later <see cref="Receive"/> takes new ones.</summary>
    void ReleaseBuffers()
    {
        // Most devices take a buffer when a frame is there.
    }

    /// <summary>
    /// Tells which groups the loop listens to: the device may from now on keep back frames to other groups. Called again when they
    /// change. Broadcasts are for everybody. Until it is called, all frames to groups are delivered.
    /// </summary>
    /// <param name="groups">The station addresses of the groups, each once.</param>
    void FilterGroups(ReadOnlySpan<MacAddress> groups)
    {
        // Most devices deliver what the link carries.
    }

    /// <summary>
    /// Makes what a loop that serves this device sleeps on, or null where the loop's own signal will do because the
    /// device calls <c>wake</c> itself.
    /// </summary>
    IDeviceWaiter? CreateWaiter();
}
