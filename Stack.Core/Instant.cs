namespace NetStack.Core;

/// <summary>
/// A point on a monotonic clock, in nanoseconds since an origin that the caller chose (the start of a loop, the first
/// frame of a capture). Machines never read a clock: whoever drives them hands them the instant of each event.
/// </summary>
/// <param name="Nanoseconds">Nanoseconds since the origin.</param>
public readonly record struct Instant(long Nanoseconds) : IComparable<Instant>
{
    /// <summary>The origin of the clock.</summary>
    public static Instant Origin => default;

    /// <summary>An instant that never comes: the deadline of something that waits for nothing.</summary>
    public static Instant Never => new(long.MaxValue);

    /// <summary>Whole milliseconds since the origin, rounded toward zero.</summary>
    public long Milliseconds => Nanoseconds / 1_000_000;

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>The earlier of two instants.</summary>
    public static Instant Min(Instant left, Instant right) => left <= right ? left : right;

    /// <summary>The later of two instants.</summary>
    public static Instant Max(Instant left, Instant right) => left >= right ? left : right;

    /// <summary>The instant a span later; <see cref="Never"/> where that lies beyond the clock's end.</summary>
    public static Instant operator +(Instant left, Duration right)
    {
        long sum = unchecked(left.Nanoseconds + right.Nanoseconds);
        return right.Nanoseconds >= 0 && sum < left.Nanoseconds ? Never : new Instant(sum);
    }

    /// <summary>The instant a span earlier.</summary>
    public static Instant operator -(Instant left, Duration right) => new(left.Nanoseconds - right.Nanoseconds);

    /// <summary>The span from the right instant to the left one.</summary>
    public static Duration operator -(Instant left, Instant right) => new(left.Nanoseconds - right.Nanoseconds);

    /// <summary>Whether the left instant is earlier.</summary>
    public static bool operator <(Instant left, Instant right) => left.Nanoseconds < right.Nanoseconds;

    /// <summary>Whether the left instant is later.</summary>
    public static bool operator >(Instant left, Instant right) => left.Nanoseconds > right.Nanoseconds;

    /// <summary>Whether the left instant is not later.</summary>
    public static bool operator <=(Instant left, Instant right) => left.Nanoseconds <= right.Nanoseconds;

    /// <summary>Whether the left instant is not earlier.</summary>
    public static bool operator >=(Instant left, Instant right) => left.Nanoseconds >= right.Nanoseconds;

    /// <summary>Seconds since the origin.</summary>
    public override string ToString() =>
        this == Never ? "never" : FormattableString.Invariant($"{Nanoseconds / 1e9:0.000000000} s");
}
