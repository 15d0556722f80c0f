using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Reflector;

/// <summary>A burst in, turned round in place, the burst out; sleep where the device is dry.</summary>
internal sealed class ReflectingLoop(IEthernetDevice device, IDeviceWaiter waiter)
{
    private const int BurstFrames = 64;

    private static readonly Duration FullDeviceSleep = Duration.FromMilliseconds(1);

    private readonly PacketBuffer[] _burst = new PacketBuffer[BurstFrames];
    private volatile bool _isStopping;

    /// <summary>Runs until it is stopped.</summary>
    public void Run()
    {
        while (!_isStopping)
        {
            int count = device.Receive(_burst, default);
            for (int i = 0; i < count; i++)
            {
                Datagram.TurnRound(_burst[i].Span);
            }

            Transmit(_burst.AsSpan(0, count));
            device.Reclaim();
            if (count < BurstFrames)
            {
                waiter.Wait(Duration.Infinite);
            }
        }
    }

    /// <summary>Ends the loop, from any thread.</summary>
    public void Stop()
    {
        _isStopping = true;
        waiter.Wake();
    }

    private void Transmit(ReadOnlySpan<PacketBuffer> frames)
    {
        while (true)
        {
            frames = frames[device.Transmit(frames, default)..];
            if (frames.IsEmpty)
            {
                return;
            }

            waiter.Wait(FullDeviceSleep);
        }
    }
}
