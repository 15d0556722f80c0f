namespace NetStack.Drivers.Pcap;

/// <summary>What is wrong with a capture file, where, and what to do.</summary>
/// <param name="Kind">The fault.</param>
/// <param name="OffsetBytes">Where the faulty structure begins, in bytes from the start of the file.</param>
/// <param name="What">The fault in words.</param>
/// <param name="Remedy">What the user can do.</param>
public sealed record CaptureError(CaptureErrorKind Kind, long OffsetBytes, string What, string Remedy)
{
    /// <summary>One line: what, where, what to do.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{What} at byte {OffsetBytes}: {Remedy}");
}
