namespace NetStack.Drivers.XenNetfront;

/// <summary>Pages in a row that were granted by one request and are one mapping.</summary>
/// <param name="Start">The address of the first.</param>
/// <param name="Pages">How many.</param>
/// <param name="Index">Where they stand in the device file, in bytes.</param>
internal readonly record struct GrantedRun(nint Start, int Pages, ulong Index)
{
    public const int PageBytes = 4096;

    public nint End => Start + ((nint)Pages * PageBytes);

    /// <summary>A part of it.</summary>
    public GrantedRun Slice(int page, int pages) =>
        new(Start + ((nint)page * PageBytes), pages, Index + ((ulong)page * PageBytes));
}
