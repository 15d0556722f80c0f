using Microsoft.Win32.SafeHandles;
using NetStack.Core;

namespace NetStack.Drivers.XenNetfront.Tests;

public class LateEventTests
{
    [Fact]
    public void A_frame_that_comes_between_the_look_at_the_ring_and_the_taking_of_its_event_is_not_left_behind()
    {
        using SimulatedXen xen = new();
        using SimulatedHypervisor guest = xen.AddDomain(1);
        using VifToolstack toolstack = new(xen);
        OuterNetwork outside = new(0);
        using NetbackTwin twin = new(xen.Domain0, 1, 0, outside);
        toolstack.Attach(guest, 0, NetfrontRig.Address);
        twin.Turn(xen.Now);
        LateHypervisor late = new(guest);
        using NetfrontDevice device = NetfrontDevice.Open(late, 0);
        PacketPool pool = new(1024);
        device.Attach(pool, () => { });
        PacketBuffer[] burst = new PacketBuffer[64];
        for (int turn = 0; turn < 10; turn++)
        {
            Assert.Equal(0, device.Receive(burst, xen.Now));
            device.Reclaim();
            twin.Turn(xen.Now);
        }

        Assert.True(device.IsUp);
        late.Before = () =>
        {
            late.Before = null;
            outside.Send(TestFrame.Make(1));
            twin.Turn(xen.Now);
        };
        Assert.Equal(1, device.Receive(burst, xen.Now));
        pool.Return(burst[0]);
    }

    /// <summary>A domain in which something happens right before events are taken.</summary>
    private sealed class LateHypervisor(IHypervisor inner) : IHypervisor
    {
        public Action? Before { get; set; }

        public string Name => inner.Name;

        public IGrantTable Grants => inner.Grants;

        public Instant Now => inner.Now;

        public IEventChannels OpenEventChannels(Action wake) => new LateChannels(this, inner.OpenEventChannels(wake));

        public IXenStore OpenStore(Action wake) => inner.OpenStore(wake);

        public void Dispose() => inner.Dispose();
    }

    private sealed class LateChannels(LateHypervisor owner, IEventChannels inner) : IEventChannels
    {
        public SafeFileHandle? Handle => inner.Handle;

        public uint AllocateUnbound(ushort domain) => inner.AllocateUnbound(domain);

        public uint? TryBind(ushort domain, uint port) => inner.TryBind(domain, port);

        public void Notify(uint port) => inner.Notify(port);

        public bool TryTakeFired(out uint port)
        {
            owner.Before?.Invoke();
            return inner.TryTakeFired(out port);
        }

        public void Unmask(uint port) => inner.Unmask(port);

        public void Close(uint port) => inner.Close(port);

        public void Dispose() => inner.Dispose();
    }
}
