namespace NetStack.Drivers.Linux;

/// <summary>The kernel's <c>struct pollfd</c>.</summary>
internal struct PollRecord
{
    public const short Readable = 0x1;
    public const short Writable = 0x4;

    public int Descriptor;
    public short Events;
    public short Happened;
}
