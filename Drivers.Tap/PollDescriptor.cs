namespace NetStack.Drivers.Tap;

/// <summary>The kernel's <c>struct pollfd</c>. A negative descriptor is not watched.</summary>
internal struct PollDescriptor
{
    public int Descriptor;
    public short Events;
    public short Returned;
}
