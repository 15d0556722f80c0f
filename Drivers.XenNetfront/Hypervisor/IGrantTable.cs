namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// The grant table: pages that other domains may use, and pages of theirs. All addresses are page aligned; a page has 4,096 bytes.
/// </summary>
/// <remarks>Structures and status codes: Xen's <c>public/grant_table.h</c>.</remarks>
public unsafe interface IGrantTable
{
    /// <summary>The grants given and not ended.</summary>
    int InUse { get; }

    /// <summary>The most grants the platform is known to give at once.</summary>
    int Capacity { get; }

    /// <summary>Allocates zeroed pages in a row, which nobody else has.</summary>
    /// <exception cref="XenException">There is no memory.</exception>
    byte* AllocatePages(int pages);

    /// <summary>Frees pages of <see cref="AllocatePages"/> whose grants have been ended.</summary>
    void FreePages(byte* start, int pages);

    /// <summary>
    /// Gives another domain access to pages. <b>What the pages held may be lost</b>: a platform may put other memory at their
    /// addresses, zeroed. So nobody else may use them during the call.
    /// </summary>
    /// <param name="domain">Who gets access.</param>
    /// <param name="start">The first page.</param>
    /// <param name="pages">How many, in a row.</param>
    /// <param name="references">Filled with the grant reference of each page.</param>
    /// <returns>False where the platform gives no more grants; then none was given.</returns>
    bool TryGrant(ushort domain, byte* start, int pages, Span<uint> references);

    /// <summary>
    /// Ends grants given by <see cref="TryGrant"/>, all of the call or a part. A page the other domain still has mapped is not
    /// used by the platform again before that ends. What the pages held may be lost; their memory remains ours to read and write.
    /// </summary>
    /// <param name="start">The first page.</param>
    /// <param name="references">The grant reference of each page.</param>
    void End(byte* start, ReadOnlySpan<uint> references);

    /// <summary>Maps pages of another domain, in a row, to be read and written.</summary>
    /// <returns>The first; null where a reference is no good.</returns>
    byte* TryMap(ushort domain, ReadOnlySpan<uint> references);

    /// <summary>Unmaps what <see cref="TryMap"/> returned.</summary>
    void Unmap(byte* start, int pages);

    /// <summary>
    /// Has the platform tell the other side when we end without a word: it then clears a byte of a page that is shared and rings
    /// the bell, as Xen's own libraries do.
    /// </summary>
    /// <param name="liveByte">The byte, in a page that is granted or mapped. One for a page.</param>
    /// <param name="port">The event channel to ring; 0 takes the order back.</param>
    /// <returns>False where the platform does no such thing.</returns>
    bool TryAnnounceEnd(byte* liveByte, uint port) => false;

    /// <summary>Copies between pages of ours and granted pages of other domains. Each operation gets its own status.</summary>
    void Copy(Span<GrantCopy> operations);
}
