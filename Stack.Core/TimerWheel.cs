using System.Diagnostics;
using System.Numerics;

namespace NetStack.Core;

/// <summary>
/// The timers of a loop: a hierarchical wheel in which scheduling, rescheduling and cancelling take constant time and
/// no memory, however many timers there are.
/// <para>
/// The wheel counts ticks of 2^16 ns (65.536 µs). A deadline is rounded up to the next tick, so a timer is never early
/// and at most one tick late. A deadline that has come already when it is set counts as the tick after the last
/// <see cref="Advance"/>: a timer that schedules itself for now runs once a turn and cannot hold the loop.
/// </para>
/// <para>
/// Timers expire in the order of their ticks, and within a tick in the order in which they were scheduled. Eight levels
/// of 64 slots cover the whole range of <see cref="Instant"/>; only its last two ticks, 292 years from the origin, never
/// come.
/// </para>
/// </summary>
/// <remarks>Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987, scheme 7.</remarks>
public sealed class TimerWheel
{
    private const int TickShift = 16;
    private const int LevelShift = 6;
    private const int SlotsPerLevel = 1 << LevelShift;
    private const int Levels = 8;
    private const ulong SignBit = 1UL << 63;

    /// <summary>The last tick of the clock: 48 bits, as many as eight levels have.</summary>
    private const ulong LastTick = ulong.MaxValue >> TickShift;

    /// <summary>The list of expired timers that wait for their call, after those of the slots.</summary>
    private const int DueList = Levels * SlotsPerLevel;

    // The first node of each list; its Previous is the last one, whose Next is null.
    private readonly TimerNode?[] _first = new TimerNode?[DueList + 1];

    // No timer of the slot has an earlier tick. Too early after a cancellation, until the slot is empty or split up.
    private readonly ulong[] _earliest = new ulong[DueList];

    // Bit s of element l: slot s of level l holds a timer. A timer stands on the level of the highest digit (of six bits)
    // in which its tick differs from the current one, so the occupied slots of a level lie above the current digit, and
    // the lowest slot of the lowest level is the next to come.
    private readonly ulong[] _occupied = new ulong[Levels];
    private uint _occupiedLevels;
    private ulong _currentTick;
    private bool _advancing;

    /// <summary>Makes an empty wheel.</summary>
    /// <param name="start">The instant it starts at; not after the first <see cref="Advance"/>.</param>
    public TimerWheel(Instant start = default)
    {
        _currentTick = Math.Min(TickAt(start), LastTick - 1);
    }

    /// <summary>The length of a tick: how much later than its deadline a timer may expire.</summary>
    public static Duration Tick => new(1L << TickShift);

    /// <summary>How many timers are scheduled.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// The instant at which to call <see cref="Advance"/> next, <see cref="Instant.Never"/> if no timer waits. No timer
    /// expires before it. It is that of the next timer, or earlier where a timer of the same stretch of time has been
    /// cancelled; it is then later after the call, so a loop that sleeps until it never spins. It has come already while
    /// a budget has left expired timers behind.
    /// </summary>
    public Instant NextDeadline
    {
        get
        {
            if (_first[DueList] is not null)
            {
                return InstantOf(_currentTick);
            }

            if (_occupiedLevels == 0)
            {
                return Instant.Never;
            }

            int level = BitOperations.TrailingZeroCount(_occupiedLevels);
            ulong tick = _earliest[level * SlotsPerLevel + BitOperations.TrailingZeroCount(_occupied[level])];
            return tick == LastTick ? Instant.Never : InstantOf(tick);
        }
    }

    /// <summary>
    /// Expires the timers whose deadline has come. Those that the budget leaves behind are the first of the next call.
    /// </summary>
    /// <param name="now">The present; an instant before that of the last call expires nothing.</param>
    /// <param name="budget">How many timers may expire at most.</param>
    /// <returns>How many timers expired.</returns>
    /// <exception cref="InvalidOperationException">Called from <see cref="TimerNode.TimerExpired"/>.</exception>
    public int Advance(Instant now, int budget = int.MaxValue)
    {
        if (_advancing)
        {
            throw new InvalidOperationException("A timer must not advance the wheel it expired on.");
        }

        ulong target = Math.Min(TickAt(now), LastTick - 1);
        if (target < _currentTick)
        {
            return 0;
        }

        Collect(target);
        int expired = 0;
        _advancing = true;
        try
        {
            while (expired < budget && _first[DueList] is { } node)
            {
                Unlink(node);
                expired++;
                node.TimerExpired(now);
            }
        }
        finally
        {
            _advancing = false;
        }

        return expired;
    }

    /// <summary>Sets the deadline of a timer, whether it is scheduled or not.</summary>
    /// <param name="node">The timer.</param>
    /// <param name="deadline">The instant before which it does not expire; <see cref="Instant.Never"/> cancels it.</param>
    /// <exception cref="InvalidOperationException">The timer is scheduled on another wheel.</exception>
    public void Schedule(TimerNode node, Instant deadline)
    {
        Cancel(node);
        if (deadline == Instant.Never)
        {
            return;
        }

        ulong time = (ulong)deadline.Nanoseconds ^ SignBit;
        ulong roundedUp = (time >> TickShift) + ((time & ((1UL << TickShift) - 1)) != 0 ? 1UL : 0UL);
        node.Wheel = this;
        node.Deadline = deadline;
        node.Tick = Math.Clamp(roundedUp, _currentTick + 1, LastTick);
        Count++;
        LinkToSlot(node);
    }

    /// <summary>Takes a timer off the wheel.</summary>
    /// <param name="node">The timer.</param>
    /// <returns>Whether it was scheduled.</returns>
    /// <exception cref="InvalidOperationException">The timer is scheduled on another wheel.</exception>
    public bool Cancel(TimerNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (node.Wheel is null)
        {
            return false;
        }

        if (node.Wheel != this)
        {
            throw new InvalidOperationException("The timer is scheduled on another wheel.");
        }

        Unlink(node);
        return true;
    }

    private static ulong TickAt(Instant instant) => ((ulong)instant.Nanoseconds ^ SignBit) >> TickShift;

    private static Instant InstantOf(ulong tick) => new((long)((tick << TickShift) ^ SignBit));

    /// <summary>Moves the current tick to the target and every timer up to it to the due list, in the order of ticks.</summary>
    private void Collect(ulong target)
    {
        while (_occupiedLevels != 0)
        {
            int level = BitOperations.TrailingZeroCount(_occupiedLevels);
            int slot = BitOperations.TrailingZeroCount(_occupied[level]);
            int shift = level * LevelShift;
            ulong start = (((_currentTick >> shift) & ~(SlotsPerLevel - 1UL)) | (uint)slot) << shift;
            if (start > target)
            {
                break;
            }

            // Every lower level is empty, so that the slot can be dealt out to them (on level 0: to the due list) in order.
            _currentTick = start;
            TimerNode? node = _first[level * SlotsPerLevel + slot];
            _first[level * SlotsPerLevel + slot] = null;
            Vacate(level, slot);
            while (node is not null)
            {
                TimerNode? next = node.Next;
                if (node.Tick == start)
                {
                    Append(DueList, node);
                }
                else
                {
                    LinkToSlot(node);
                }

                node = next;
            }
        }

        // The target lies before the start of the next slot, so it has the digits that timer is placed by.
        _currentTick = target;
    }

    private void LinkToSlot(TimerNode node)
    {
        Debug.Assert(node.Tick > _currentTick, "A timer in a slot lies in the future.");
        int level = BitOperations.Log2(node.Tick ^ _currentTick) / LevelShift;
        int slot = (int)(node.Tick >> (level * LevelShift)) & (SlotsPerLevel - 1);
        int list = level * SlotsPerLevel + slot;
        if (_first[list] is null)
        {
            _occupied[level] |= 1UL << slot;
            _occupiedLevels |= 1U << level;
            _earliest[list] = node.Tick;
        }
        else
        {
            _earliest[list] = Math.Min(_earliest[list], node.Tick);
        }

        Append(list, node);
    }

    private void Append(int list, TimerNode node)
    {
        node.List = list;
        node.Next = null;
        if (_first[list] is { } first)
        {
            TimerNode last = first.Previous!;
            last.Next = node;
            node.Previous = last;
            first.Previous = node;
        }
        else
        {
            _first[list] = node;
            node.Previous = node;
        }
    }

    /// <summary>Takes a node off its list and the wheel.</summary>
    private void Unlink(TimerNode node)
    {
        int list = node.List;
        TimerNode first = _first[list]!;
        if (node.Next is { } next)
        {
            next.Previous = node.Previous;
        }
        else
        {
            first.Previous = node.Previous;
        }

        if (node != first)
        {
            node.Previous!.Next = node.Next;
        }
        else
        {
            _first[list] = node.Next;
            if (node.Next is null && list != DueList)
            {
                Vacate(list / SlotsPerLevel, list % SlotsPerLevel);
            }
        }

        node.Wheel = null;
        node.Previous = null;
        node.Next = null;
        node.List = TimerNode.NoList;
        node.Deadline = Instant.Never;
        Count--;
    }

    private void Vacate(int level, int slot)
    {
        _occupied[level] &= ~(1UL << slot);
        if (_occupied[level] == 0)
        {
            _occupiedLevels &= ~(1U << level);
        }
    }
}
