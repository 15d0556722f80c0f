namespace NetStack.Drivers.Tap;

/// <summary>The kernel's <c>struct timespec</c>.</summary>
internal struct TimeSpecification
{
    public nint Seconds;
    public nint Nanoseconds;
}
