using System.Diagnostics;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.Linux.Tests;

public sealed class PollWaiterTests
{
    [Fact]
    public void A_wake_ends_the_next_sleep()
    {
        using PollWaiter waiter = new();
        waiter.Wake();
        waiter.Wait(Duration.Infinite);
        Assert.False(IsPending(waiter));
    }

    [Fact]
    public void Many_wakes_are_one()
    {
        using PollWaiter waiter = new();
        for (int i = 0; i < 1000; i++)
        {
            waiter.Wake();
        }

        waiter.Wait(Duration.Infinite);
        Assert.False(IsPending(waiter));
        waiter.Wake();
        Assert.True(IsPending(waiter));
    }

    [Fact]
    public async Task Wakes_from_other_threads_are_never_lost()
    {
        using PollWaiter waiter = new();
        const int Rounds = 20_000;
        int asked = 0;
        int seen = 0;
        Task waker = Task.Run(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                Interlocked.Increment(ref asked);
                waiter.Wake();
            }
        });

        // A lost wake leaves this loop asleep for ever, and the run's hang limit names the test.
        while (seen < Rounds)
        {
            waiter.Wait(Duration.Infinite);
            seen = Volatile.Read(ref asked);
        }

        await waker;
        Assert.Equal(Rounds, seen);
    }

    [Fact]
    public void A_sleep_ends_when_time_is_up()
    {
        using PollWaiter waiter = new();
        waiter.Wait(Duration.Zero);
        waiter.Wait(Duration.FromMicroseconds(50));
        waiter.Wait(new Duration(-1));
        Assert.False(IsPending(waiter));
    }

    [Fact]
    public void A_short_sleep_after_a_long_one_ends_in_its_own_time()
    {
        using PollWaiter waiter = new();
        waiter.Wake();
        waiter.Wait(Duration.FromSeconds(3600));

        // Where the alarm stayed at the hour, the run's hang limit names the test.
        Stopwatch slept = Stopwatch.StartNew();
        while (slept.ElapsedMilliseconds < 30)
        {
            waiter.Wait(Duration.FromMilliseconds(30));
        }

        Assert.False(IsPending(waiter));
    }

    [Fact]
    public void An_alarm_rings_for_the_earliest_it_was_set_to_and_once()
    {
        using SleepAlarm alarm = new();
        alarm.RingWithin(3_600_000_000_000);
        Assert.False(HasRung(alarm));
        alarm.RingWithin(20_000_000);
        alarm.RingWithin(3_600_000_000_000);
        Assert.True(SpinWait.SpinUntil(() => HasRung(alarm), TimeSpan.FromSeconds(30)));
        alarm.Silence();
        Assert.False(HasRung(alarm));
        alarm.RingWithin(1_000_000);
        Assert.True(SpinWait.SpinUntil(() => HasRung(alarm), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void A_device_that_wakes_by_itself_is_watched_through_the_wake()
    {
        using PollWaiter waiter = new();
        using DevicePair cable = new();
        PacketPool pool = new(16);
        Assert.True(waiter.TryAdd(cable.Right));
        cable.Right.Attach(pool, waiter.Wake);
        cable.Left.Attach(pool, static () => { });

        PacketBuffer frame = pool.TryLeaseCopy(new byte[60])!;
        Assert.Equal(1, cable.Left.Transmit([frame], Instant.Origin));
        waiter.Wait(Duration.Infinite);
        PacketBuffer[] burst = new PacketBuffer[1];
        Assert.Equal(1, cable.Right.Receive(burst, Instant.Origin));
        pool.Return(burst[0]);
    }

    [Fact]
    public void A_wake_after_the_end_does_nothing_and_the_end_may_come_twice()
    {
        PollWaiter waiter = new();
        waiter.Dispose();
        waiter.Wake();
        waiter.Dispose();
        Assert.Throws<ObjectDisposedException>(() => waiter.Wait(Duration.Zero));
    }

    /// <summary>Whether a wake is pending: looks at a flag of the waiter's, for the sleeps themselves must not depend on time.</summary>
    private static unsafe bool HasRung(SleepAlarm alarm)
    {
        ulong count;
        return LibC.Read((int)alarm.Handle.DangerousGetHandle(), (byte*)&count, sizeof(ulong)) == sizeof(ulong);
    }

    private static bool IsPending(PollWaiter waiter) => waiter.IsWakePending;
}
