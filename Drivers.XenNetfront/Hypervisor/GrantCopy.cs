namespace NetStack.Drivers.XenNetfront;

/// <summary>One copy within a page, between memory of ours and a page that another domain granted.</summary>
/// <remarks>Xen's <c>struct gnttab_copy</c>, from the caller's side.</remarks>
public unsafe struct GrantCopy
{
    /// <summary>Our memory: within one page.</summary>
    public byte* Local;

    /// <summary>The other domain.</summary>
    public ushort Domain;

    /// <summary>The reference of its page.</summary>
    public uint Reference;

    /// <summary>Where in its page.</summary>
    public ushort OffsetBytes;

    /// <summary>How many bytes; offset and length stay within the page.</summary>
    public ushort LengthBytes;

    /// <summary>Whether the bytes go to the other domain rather than come from it.</summary>
    public bool IsToOther;

    /// <summary>Afterwards: 0, or Xen's negative <c>GNTST_*</c> code.</summary>
    public short Status;
}
