namespace NetStack.Drivers.Linux;

/// <summary>The kernel's <c>struct timespec</c>.</summary>
internal struct TimeSpecification
{
    public nint Seconds;
    public nint Nanoseconds;

    private const long NanosecondsPerSecond = 1_000_000_000;

    public static TimeSpecification FromNanoseconds(long nanoseconds) => new()
    {
        Seconds = (nint)(nanoseconds / NanosecondsPerSecond),
        Nanoseconds = (nint)(nanoseconds % NanosecondsPerSecond),
    };
}
