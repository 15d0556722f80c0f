namespace NetStack.Drivers.Linux;

/// <summary>The kernel's <c>struct iovec</c>: one piece of a gathered write or a scattered read.</summary>
internal unsafe struct IoVector
{
    public byte* Start;
    public nuint LengthBytes;
}
