using Microsoft.Win32.SafeHandles;
using NetStack.Core;

namespace NetStack.Drivers.Linux.Tests;

/// <summary>A device with several descriptors. A sleep that does not end is named by the run's hang limit.</summary>
public sealed class SeveralDescriptorsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 2)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public void Each_descriptor_of_each_device_ends_a_sleep(int device, int handle)
    {
        using PollWaiter waiter = new();
        using EventDevice first = new(EventDevice.NewEvent(), EventDevice.NewEvent(), EventDevice.NewEvent());
        using EventDevice second = new(EventDevice.NewEvent(), EventDevice.NewEvent());
        Assert.True(waiter.TryAdd(first));
        Assert.True(waiter.TryAdd(second));

        EventDevice.Raise((device == 0 ? first : second).Handles[handle]);
        waiter.Wait(Duration.Infinite);
        Assert.False(waiter.IsWakePending);
    }

    [Fact]
    public void Descriptors_that_take_the_place_of_others_are_watched_from_then_on_and_the_others_are_let_go()
    {
        using PollWaiter waiter = new();
        using EventDevice device = new(EventDevice.NewEvent(), EventDevice.NewEvent());
        Assert.True(waiter.TryAdd(device));
        SafeFileHandle[] former = device.Handles;
        device.Handles = [former[1], EventDevice.NewEvent(), EventDevice.NewEvent()];

        EventDevice.Raise(device.Handles[2]);
        waiter.Wait(Duration.Infinite);
        former[0].Dispose();

        // A handle that is still held closes its file only when that is over.
        Assert.True(IsFree(former[0]));
        device.Handles = [];
        waiter.Wait(Duration.Zero);
        former[1].Dispose();
        Assert.True(IsFree(former[1]));
    }

    [Fact]
    public void Room_is_watched_for_at_the_first_descriptor_also_after_it_was_replaced()
    {
        using PollWaiter waiter = new();
        using EventDevice device = new(EventDevice.NewEvent());
        using SafeFileHandle former = device.Handles[0];
        Assert.True(waiter.TryAdd(device));
        device.IsTransmitBlocked = true;

        // An event descriptor has room at once.
        waiter.Wait(Duration.Infinite);
        device.Handles = [EventDevice.NewEvent(), EventDevice.NewEvent()];
        waiter.Wait(Duration.Infinite);
        device.IsTransmitBlocked = false;
        waiter.Wait(Duration.Zero);
        EventDevice.Raise(device.Handles[1]);
        waiter.Wait(Duration.Infinite);
        Assert.False(waiter.IsWakePending);
    }

    [Fact]
    public void More_descriptors_than_the_waiter_numbers_are_a_defect_that_is_told()
    {
        using PollWaiter waiter = new();
        using EventDevice device = new([.. Enumerable.Range(0, PollWaiter.MaximumHandles + 1).Select(_ => EventDevice.NewEvent())]);
        Assert.Throws<ArgumentOutOfRangeException>(() => waiter.TryAdd(device));
    }

    private static bool IsFree(SafeFileHandle handle)
    {
        bool isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
        finally
        {
            if (isHeld)
            {
                handle.DangerousRelease();
            }
        }
    }
}
