namespace NetStack.Core.Tests;

[Collection(nameof(HeapMeasurement))]
public class TimerWheelTests
{
    private static readonly Duration Year = Duration.FromSeconds(365 * 24 * 3_600);

    private readonly List<(int Number, Instant Now)> _log = [];
    private readonly TimerWheel _wheel = new();

    [Fact]
    public void Timer_is_never_early_and_at_most_a_tick_late()
    {
        long tick = TimerWheel.Tick.Nanoseconds;
        foreach (long deadline in (long[])[0, 1, tick - 1, tick, tick + 1, 64 * tick - 1, 64 * tick, 64 * tick + 1, 4096 * tick + 5])
        {
            TimerWheel wheel = new();
            RecordingTimer timer = new(0, _log);
            Instant start = new(deadline);
            wheel.Schedule(timer, start);
            Assert.Equal(start, timer.Deadline);
            Assert.Equal(0, wheel.Advance(new Instant(deadline - 1)));
            Assert.True(wheel.NextDeadline >= start);
            Assert.Equal(1, wheel.Advance(start + TimerWheel.Tick));
            Assert.False(timer.IsScheduled);
            Assert.Equal(Instant.Never, timer.Deadline);
        }
    }

    [Fact]
    public void Empty_wheel_has_no_deadline_and_expires_nothing()
    {
        Assert.Equal(Instant.Never, _wheel.NextDeadline);
        Assert.Equal(0, _wheel.Advance(new Instant(long.MaxValue)));
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void Timers_of_one_tick_expire_in_the_order_they_were_scheduled_however_far_off_they_were()
    {
        Instant deadline = Instant.Origin + TimerWheel.Tick * 300_000;
        RecordingTimer[] timers = [.. Enumerable.Range(0, 5).Select(Timer)];
        for (int i = 0; i < timers.Length; i++)
        {
            // Ever nearer to the deadline, so that each starts on a lower level than the one before.
            _wheel.Advance(deadline - TimerWheel.Tick * (1L << (20 - 5 * i)));
            _wheel.Schedule(timers[i], deadline);
        }

        _wheel.Schedule(timers[1], deadline);
        Assert.Equal(5, _wheel.Advance(deadline));
        Assert.Equal([0, 2, 3, 4, 1], _log.Select(entry => entry.Number));
    }

    [Fact]
    public void Jump_of_years_expires_everything_in_the_order_of_time()
    {
        SeededEntropy entropy = new(1);
        RecordingTimer[] timers = [.. Enumerable.Range(0, 500).Select(Timer)];
        Instant[] deadlines = [.. timers.Select(_ => new Instant((long)(entropy.NextUInt64() % (ulong)Year.Nanoseconds) >> entropy.Next(50)))];
        for (int i = 0; i < timers.Length; i++)
        {
            _wheel.Schedule(timers[i], deadlines[i]);
        }

        Assert.Equal(timers.Length, _wheel.Advance(Instant.Origin + Year * 2));
        long[] ticks = [.. _log.Select(entry => (deadlines[entry.Number].Nanoseconds + 0xFFFF) >> 16)];
        Assert.Equal(ticks.Order(), ticks);
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void Loop_that_sleeps_until_the_next_deadline_wakes_once_a_timer_if_none_is_cancelled()
    {
        SeededEntropy entropy = new(2);
        const int Timers = 300;
        for (int i = 0; i < Timers; i++)
        {
            _wheel.Schedule(Timer(i), new Instant((long)(entropy.NextUInt64() >> (2 + entropy.Next(40)))));
        }

        int turns = 0;
        while (_wheel.NextDeadline != Instant.Never)
        {
            Assert.True(++turns <= Timers);
            Assert.True(_wheel.Advance(_wheel.NextDeadline) > 0);
        }

        Assert.Equal(Timers, _log.Count);
    }

    [Fact]
    public void Timer_that_asks_for_the_present_again_and_again_runs_once_a_call_and_lets_time_pass()
    {
        RecordingTimer timer = Timer(0);
        timer.Reaction = now => _wheel.Schedule(timer, Instant.Origin);
        Instant now = Instant.Origin + Duration.FromSeconds(5);
        _wheel.Schedule(timer, Instant.Origin);
        Assert.Equal(1, _wheel.Advance(now));
        Assert.Equal(0, _wheel.Advance(now));
        Assert.True(_wheel.NextDeadline > now);
        Assert.True(_wheel.NextDeadline <= now + TimerWheel.Tick);
        Assert.Equal(1, _wheel.Advance(_wheel.NextDeadline));
    }

    [Fact]
    public void Expiring_timer_can_cancel_and_move_others_that_are_due()
    {
        RecordingTimer[] timers = [.. Enumerable.Range(0, 4).Select(Timer)];
        Instant now = Instant.Origin + TimerWheel.Tick * 10;
        Instant later = now + Duration.FromSeconds(1);
        timers[0].Reaction = _ =>
        {
            Assert.False(timers[0].IsScheduled);
            Assert.True(_wheel.Cancel(timers[1]));
            _wheel.Schedule(timers[2], later);
        };
        foreach (RecordingTimer timer in timers)
        {
            _wheel.Schedule(timer, now);
        }

        Assert.Equal(2, _wheel.Advance(now));
        Assert.Equal([0, 3], _log.Select(entry => entry.Number));
        Assert.Equal(later, timers[2].Deadline);
        Assert.False(timers[1].IsScheduled);
        Assert.Equal(1, _wheel.Count);
    }

    [Fact]
    public void Budget_leaves_the_rest_for_the_next_call_at_once()
    {
        Instant now = Instant.Origin + Duration.FromSeconds(1);
        for (int i = 0; i < 5; i++)
        {
            _wheel.Schedule(Timer(i), now - TimerWheel.Tick * (5 - i));
        }

        Assert.Equal(0, _wheel.Advance(now, 0));
        Assert.Equal(2, _wheel.Advance(now, 2));
        Assert.True(_wheel.NextDeadline <= now);
        Assert.Equal(3, _wheel.Count);
        Assert.Equal(3, _wheel.Advance(now, 4));
        Assert.Equal([0, 1, 2, 3, 4], _log.Select(entry => entry.Number));
        Assert.Equal(Instant.Never, _wheel.NextDeadline);
    }

    [Fact]
    public void Deadline_of_never_cancels()
    {
        RecordingTimer timer = Timer(0);
        _wheel.Schedule(timer, new Instant(5));
        _wheel.Schedule(timer, Instant.Never);
        Assert.False(timer.IsScheduled);
        Assert.Equal(0, _wheel.Count);
        Assert.False(_wheel.Cancel(timer));
    }

    [Theory]
    [InlineData(long.MinValue, long.MinValue + 1)]
    [InlineData(long.MinValue, long.MaxValue - 1_000_000)]
    [InlineData(-70_000, 70_000)]
    [InlineData(-1, 0)]
    [InlineData(0, 0x0FFF_FFFF_FFFF_FFFF)]
    public void Clock_may_start_and_end_anywhere(long start, long deadline)
    {
        TimerWheel wheel = new(new Instant(start));
        RecordingTimer timer = Timer(0);
        wheel.Schedule(timer, new Instant(deadline));
        Assert.Equal(0, wheel.Advance(new Instant(start)));
        Assert.Equal(1, wheel.Advance(wheel.NextDeadline));
        Assert.True(_log[0].Now >= new Instant(deadline));
    }

    [Fact]
    public void End_of_the_clock_is_survived()
    {
        TimerWheel wheel = new(Instant.Never);
        RecordingTimer timer = Timer(0);
        wheel.Schedule(timer, new Instant(long.MaxValue - 1));
        Assert.Equal(Instant.Never, wheel.NextDeadline);
        Assert.Equal(0, wheel.Advance(Instant.Never));
        Assert.True(wheel.Cancel(timer));
    }

    [Fact]
    public void Clock_that_steps_back_expires_nothing()
    {
        RecordingTimer timer = Timer(0);
        _wheel.Advance(Instant.Origin + Duration.FromSeconds(2));
        _wheel.Schedule(timer, Instant.Origin);
        Assert.Equal(0, _wheel.Advance(Instant.Origin + Duration.FromSeconds(1)));
        Assert.True(timer.IsScheduled);
    }

    [Fact]
    public void Timer_of_another_wheel_is_refused_and_stays_there()
    {
        TimerWheel other = new();
        RecordingTimer timer = Timer(0);
        other.Schedule(timer, new Instant(5));
        Assert.Throws<InvalidOperationException>(() => _wheel.Schedule(timer, new Instant(6)));
        Assert.Throws<InvalidOperationException>(() => _wheel.Cancel(timer));
        Assert.Equal(new Instant(5), timer.Deadline);
        Assert.Equal(1, other.Advance(Instant.Origin + TimerWheel.Tick));
    }

    [Fact]
    public void Advancing_from_a_timer_is_refused_and_the_wheel_goes_on_after_an_exception()
    {
        RecordingTimer first = Timer(0);
        Instant now = Instant.Origin + TimerWheel.Tick;
        first.Reaction = when => _wheel.Advance(when);
        _wheel.Schedule(first, now);
        _wheel.Schedule(Timer(1), now);
        Assert.Throws<InvalidOperationException>(() => _wheel.Advance(now));
        Assert.Equal(1, _wheel.Advance(now));
        Assert.Equal([0, 1], _log.Select(entry => entry.Number));
    }

    [Fact]
    public void Timers_allocate_nothing()
    {
        IdleTimer[] timers = [.. Enumerable.Range(0, 64).Select(_ => new IdleTimer())];
        Assert.Equal(0, AllocatedBy(0));
        Assert.Equal(0, AllocatedBy(1));

        long AllocatedBy(int round)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 20_000; i++)
            {
                Instant now = Instant.Origin + Duration.FromMilliseconds(i + round * 20_000);
                _wheel.Schedule(timers[i & 63], now + Duration.FromMilliseconds(i % 200));
                _wheel.Cancel(timers[i * 7 & 63]);
                _wheel.Advance(Instant.Min(now, _wheel.NextDeadline));
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private RecordingTimer Timer(int number) => new(number, _log);

    private sealed class IdleTimer : TimerNode
    {
        protected internal override void TimerExpired(Instant now)
        {
        }
    }
}
