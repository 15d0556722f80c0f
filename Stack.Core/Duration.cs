namespace NetStack.Core;

/// <summary>A span of time in whole nanoseconds. May be negative.</summary>
/// <param name="Nanoseconds">The length in nanoseconds.</param>
public readonly record struct Duration(long Nanoseconds) : IComparable<Duration>
{
    private const long NanosecondsPerMicrosecond = 1_000;
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>No time at all.</summary>
    public static Duration Zero => default;

    /// <summary>The longest span: about 292 years, which stands for "for ever".</summary>
    public static Duration Infinite => new(long.MaxValue);

    /// <summary>Makes a span of whole microseconds.</summary>
    public static Duration FromMicroseconds(long microseconds) => new(microseconds * NanosecondsPerMicrosecond);

    /// <summary>Makes a span of whole milliseconds.</summary>
    public static Duration FromMilliseconds(long milliseconds) => new(milliseconds * NanosecondsPerMillisecond);

    /// <summary>Makes a span of whole seconds.</summary>
    public static Duration FromSeconds(long seconds) => new(seconds * NanosecondsPerSecond);

    /// <summary>Makes a span from the platform's type (100 ns resolution); an infinite time-out becomes <see cref="Infinite"/>.</summary>
    public static Duration FromTimeSpan(TimeSpan span) =>
        span == Timeout.InfiniteTimeSpan || span.Ticks > long.MaxValue / 100 ? Infinite : new(span.Ticks * 100);

    /// <summary>The length in whole microseconds, rounded toward zero.</summary>
    public long Microseconds => Nanoseconds / NanosecondsPerMicrosecond;

    /// <summary>The length in whole milliseconds, rounded toward zero.</summary>
    public long Milliseconds => Nanoseconds / NanosecondsPerMillisecond;

    /// <summary>The length in seconds.</summary>
    public double TotalSeconds => Nanoseconds / (double)NanosecondsPerSecond;

    /// <summary>The length in milliseconds.</summary>
    public double TotalMilliseconds => Nanoseconds / (double)NanosecondsPerMillisecond;

    /// <summary>The platform's type, rounded toward zero to 100 ns.</summary>
    public TimeSpan ToTimeSpan() => new(Nanoseconds / 100);

    /// <inheritdoc/>
    public int CompareTo(Duration other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>The longer of two spans.</summary>
    public static Duration Max(Duration left, Duration right) => left >= right ? left : right;

    /// <summary>The shorter of two spans.</summary>
    public static Duration Min(Duration left, Duration right) => left <= right ? left : right;

    /// <summary>The sum of two spans.</summary>
    public static Duration operator +(Duration left, Duration right) => new(left.Nanoseconds + right.Nanoseconds);

    /// <summary>The difference of two spans.</summary>
    public static Duration operator -(Duration left, Duration right) => new(left.Nanoseconds - right.Nanoseconds);

    /// <summary>The span with its sign changed.</summary>
    public static Duration operator -(Duration value) => new(-value.Nanoseconds);

    /// <summary>A multiple of the span.</summary>
    public static Duration operator *(Duration left, long factor) => new(left.Nanoseconds * factor);

    /// <summary>A part of the span, rounded toward zero.</summary>
    public static Duration operator /(Duration left, long divisor) => new(left.Nanoseconds / divisor);

    /// <summary>Whether the left span is shorter.</summary>
    public static bool operator <(Duration left, Duration right) => left.Nanoseconds < right.Nanoseconds;

    /// <summary>Whether the left span is longer.</summary>
    public static bool operator >(Duration left, Duration right) => left.Nanoseconds > right.Nanoseconds;

    /// <summary>Whether the left span is not longer.</summary>
    public static bool operator <=(Duration left, Duration right) => left.Nanoseconds <= right.Nanoseconds;

    /// <summary>Whether the left span is not shorter.</summary>
    public static bool operator >=(Duration left, Duration right) => left.Nanoseconds >= right.Nanoseconds;

    /// <summary>The length in the largest fitting unit, such as <c>1.5 ms</c>.</summary>
    public override string ToString() => Math.Abs((double)Nanoseconds) switch
    {
        _ when this == Infinite => "infinite",
        >= NanosecondsPerSecond => FormattableString.Invariant($"{TotalSeconds:0.######} s"),
        >= NanosecondsPerMillisecond => FormattableString.Invariant($"{TotalMilliseconds:0.###} ms"),
        >= NanosecondsPerMicrosecond => FormattableString.Invariant($"{Nanoseconds / 1000.0:0.###} µs"),
        _ => FormattableString.Invariant($"{Nanoseconds} ns"),
    };
}
