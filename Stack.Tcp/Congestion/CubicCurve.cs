using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// The cubic function of time by which the window grows, in fixed point: the same to the bit on every machine. Times are
/// in ticks of 2^-20 s, volumes in bytes; C = 0.4 segments/s³.
/// </summary>
/// <remarks>RFC 9438 §4.1, §4.2.</remarks>
internal static class CubicCurve
{
    /// <summary>Ticks of a second.</summary>
    public const long TicksPerSecond = 1 << TickBits;

    private const int TickBits = 20;

    // 2^30 ticks are 1024 s: any window is at its end by then, and the cube of it fits.
    private const int LargestTickBits = 30;
    private const long LargestTicks = (1L << LargestTickBits) - 1;
    private const int CubeBits = 3 * TickBits;
    private const int DroppedBits = 44;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long LargestSeconds = 1023;

    /// <summary>A span in ticks, at most some 1024 s.</summary>
    public static long Ticks(Duration span) =>
        Math.Clamp(span.Nanoseconds, 0, LargestSeconds * NanosecondsPerSecond) * TicksPerSecond / NanosecondsPerSecond;

    /// <summary>K: how long the curve takes to rise by a volume to its plateau.</summary>
    /// <param name="bytes">W_max - cwnd_epoch; not negative.</param>
    /// <param name="segmentBytes">The payload of a full segment.</param>
    /// <returns>Ticks.</returns>
    /// <remarks>RFC 9438 §4.2: "K = cubic_root((W_max - cwnd_epoch) / C)".</remarks>
    public static long PlateauTicks(long bytes, int segmentBytes) =>
        CubeRoot(((UInt128)(ulong)(bytes * 5) << CubeBits) / (ulong)(2 * segmentBytes));

    /// <summary>W_cubic(t) - W_max: by how much the curve is above its plateau, or below (then negative).</summary>
    /// <param name="ticks">t - K.</param>
    /// <param name="segmentBytes">The payload of a full segment.</param>
    /// <returns>Bytes.</returns>
    /// <remarks>RFC 9438 §4.2: "W_cubic(t) = C * (t - K)^3 + W_max".</remarks>
    public static long Rise(long ticks, int segmentBytes)
    {
        ulong distance = (ulong)Math.Min(Math.Abs(ticks), LargestTicks);
        ulong high = Math.BigMul(distance * distance, distance, out ulong low);
        ulong cube = (high << (64 - DroppedBits)) | (low >> DroppedBits);
        long bytes = (long)((cube * (ulong)(2 * segmentBytes) / 5) >> (CubeBits - DroppedBits));
        return ticks < 0 ? -bytes : bytes;
    }

    /// <summary>The largest number whose cube is not greater, below 2^30.</summary>
    private static long CubeRoot(UInt128 cube)
    {
        ulong root = 0;
        for (int bit = LargestTickBits - 1; bit >= 0; bit--)
        {
            ulong candidate = root | (1UL << bit);
            ulong high = Math.BigMul(candidate * candidate, candidate, out ulong low);
            if (new UInt128(high, low) <= cube)
            {
                root = candidate;
            }
        }

        return (long)root;
    }
}
