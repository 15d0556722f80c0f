namespace NetStack.Tcp;

/// <summary>A sequence number: 32 bits that wrap around. The order is that of the shorter way round.</summary>
/// <param name="Value">The number as on the wire.</param>
/// <remarks>RFC 9293 §3.4.</remarks>
public readonly record struct SequenceNumber(uint Value)
{
    /// <summary>The number some bytes further on.</summary>
    public static SequenceNumber operator +(SequenceNumber left, int bytes) => new(unchecked(left.Value + (uint)bytes));

    /// <summary>The number some bytes before.</summary>
    public static SequenceNumber operator -(SequenceNumber left, int bytes) => new(unchecked(left.Value - (uint)bytes));

    /// <summary>The bytes from the right number to the left one; negative where the left one comes first.</summary>
    public static int operator -(SequenceNumber left, SequenceNumber right) => unchecked((int)(left.Value - right.Value));

    /// <summary>Whether the left number comes first.</summary>
    public static bool operator <(SequenceNumber left, SequenceNumber right) => left - right < 0;

    /// <summary>Whether the left number comes after.</summary>
    public static bool operator >(SequenceNumber left, SequenceNumber right) => left - right > 0;

    /// <summary>Whether the left number does not come after.</summary>
    public static bool operator <=(SequenceNumber left, SequenceNumber right) => left - right <= 0;

    /// <summary>Whether the left number does not come first.</summary>
    public static bool operator >=(SequenceNumber left, SequenceNumber right) => left - right >= 0;

    /// <summary>The later of two numbers.</summary>
    public static SequenceNumber Max(SequenceNumber left, SequenceNumber right) => left >= right ? left : right;

    /// <summary>The earlier of two numbers.</summary>
    public static SequenceNumber Min(SequenceNumber left, SequenceNumber right) => left <= right ? left : right;

    /// <summary>The number in decimal.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
