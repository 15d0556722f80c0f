namespace NetStack.Tcp;

/// <summary>The windows that follow from the size of a segment alone.</summary>
internal static class InitialWindow
{
    /// <summary>The largest window: no peer can offer a wider one.</summary>
    /// <remarks>RFC 7323 §2.3: 2^16 scaled by 14.</remarks>
    public const int LargestBytes = 1 << 30;

    private const int Segments = 10;
    private const int Bytes = 14_600;

    /// <summary>The window a connection starts with, and starts anew with after a pause (RW).</summary>
    /// <param name="segmentBytes">The payload of a full segment.</param>
    /// <remarks>RFC 6928 §2: "min (10*MSS, max (2*MSS, 14600))".</remarks>
    public static int Of(int segmentBytes) => Math.Min(Segments * segmentBytes, Math.Max(2 * segmentBytes, Bytes));
}
