namespace NetStack.Drivers.Pcap;

/// <summary>How an interface counts time: the length of a tick and the origin.</summary>
/// <remarks>draft-ietf-opsawg-pcapng §4.2 (<c>if_tsresol</c>, <c>if_tsoffset</c>).</remarks>
internal readonly record struct TimestampScale
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;
    private const byte BinaryFlag = 0x80;

    private readonly byte _resolution;
    private readonly long _offsetSeconds;

    /// <param name="resolution">The value of <c>if_tsresol</c>.</param>
    /// <param name="offsetSeconds">The value of <c>if_tsoffset</c>.</param>
    public TimestampScale(byte resolution, long offsetSeconds)
    {
        _resolution = resolution;
        _offsetSeconds = offsetSeconds;
    }

    /// <summary>Converts a count of ticks to nanoseconds since the epoch, clamped to what a long holds.</summary>
    public long ToNanoseconds(ulong ticks)
    {
        if (_offsetSeconds == 0 && _resolution == 9)
        {
            return ticks > long.MaxValue ? long.MaxValue : (long)ticks;
        }

        Int128 sum = (Int128)FromEpochOfFile(ticks) + (Int128)_offsetSeconds * NanosecondsPerSecond;
        return sum > long.MaxValue ? long.MaxValue : sum < long.MinValue ? long.MinValue : (long)sum;
    }

    private UInt128 FromEpochOfFile(ulong ticks)
    {
        UInt128 value = ticks;
        if ((_resolution & BinaryFlag) != 0)
        {
            // "If the Most Significant Bit is equal to one, the remaining bits indicate the resolution as a negative
            // power of 2". A 64-bit count times 10^9 has at most 94 bits.
            int shift = _resolution & ~BinaryFlag;
            return shift > 94 ? 0 : value * NanosecondsPerSecond >> shift;
        }

        for (int power = _resolution; power < 9; power++)
        {
            value *= 10;
        }

        // Twenty digits are all a 64-bit count has.
        int drop = Math.Min(_resolution - 9, 20);
        for (; drop > 0; drop--)
        {
            value /= 10;
        }

        return value;
    }
}
