using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Cli.Composition;

/// <summary>
/// The tap on one queue of a device whose queues are served by several loops and written to one capture: a loop at a time. They
/// wait for each other, which is the price of one file.
/// </summary>
internal sealed class SharedCaptureTap(CaptureTap tap, Lock turn) : IEthernetDevice
{
    public string Name => tap.Name;

    public MacAddress Address => tap.Address;

    public DeviceCapabilities Capabilities => tap.Capabilities;

    public IEthernetDevice Source => tap.Source;

    public void Attach(PacketPool pool, Action wake) => tap.Attach(pool, wake);

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        lock (turn)
        {
            return tap.Receive(burst, now);
        }
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        lock (turn)
        {
            return tap.Transmit(burst, now);
        }
    }

    public void Reclaim() => tap.Reclaim();

    public void ReleaseBuffers() => tap.ReleaseBuffers();

    public IDeviceWaiter? CreateWaiter() => tap.CreateWaiter();

    public void Dispose() => tap.Dispose();
}
