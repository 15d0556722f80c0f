using System.Diagnostics;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.Peers;

namespace NetStack.Drivers.Tap.Tests;

/// <summary>A TAP with the pool and the waiter that a loop would give it.</summary>
internal sealed class AttachedTap : IDisposable
{
    /// <summary>How long the kernel may take until a test fails.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public AttachedTap(NetworkNamespace space, string name = "tap0", TapOptions? options = null, int blocks = 1024)
        : this(space.Enter(() => TapDevice.Open(name, options ?? new TapOptions { Offloads = false })), blocks)
    {
    }

    public AttachedTap(TapDevice device, int blocks = 1024)
    {
        Pool = new PacketPool(blocks);
        Device = device;
        Waiter = Device.CreateWaiter();
        Device.Attach(Pool, Waiter.Wake);
    }

    public TapDevice Device { get; }

    public PacketPool Pool { get; }

    public IDeviceWaiter Waiter { get; }

    public int Transmit(params PacketBuffer[] frames) => Device.Transmit(frames, Instant.Origin);

    public PacketBuffer FrameOf(ReadOnlySpan<byte> bytes) => Pool.TryLeaseCopy(bytes)!;

    /// <summary>Sleeps and receives like a loop until as many frames as wanted have come that a test cares about.</summary>
    public List<byte[]> ReceiveUntil(int wanted, Func<byte[], bool> isWanted)
    {
        List<byte[]> taken = [];
        PacketBuffer[] burst = new PacketBuffer[64];
        long start = Stopwatch.GetTimestamp();
        while (taken.Count < wanted)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"only {taken.Count} of {wanted} frames came");
            Waiter.Wait(Duration.FromSeconds(1));
            int count = Device.Receive(burst, Instant.Origin);
            for (int i = 0; i < count; i++)
            {
                byte[] bytes = new byte[burst[i].TotalLength];
                burst[i].CopyTo(bytes);
                Pool.Return(burst[i]);
                if (isWanted(bytes))
                {
                    taken.Add(bytes);
                }
            }
        }

        return taken;
    }

    public void Dispose()
    {
        Waiter.Dispose();
        Device.ReleaseBuffers();
        Device.Dispose();
        Assert.Equal(0, Pool.OutstandingBlocks);
        Assert.Equal(0, Pool.OutstandingSlices);
    }
}
