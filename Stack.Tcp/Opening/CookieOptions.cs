namespace NetStack.Tcp;

/// <summary>
/// What the options of a SYN settled that was answered with a cookie. They ride in the lowest seven bits of our timestamp,
/// which the peer echoes; without timestamps there are none.
/// <code>
///   +-----+------+---------------+
///   | ECN | SACK | window scale  |     2 + 1 + 4 bits; a scale of 15 stands for no option
///   +-----+------+---------------+
/// </code>
/// </summary>
/// <param name="WindowScale">The peer's window scale, or −1.</param>
/// <param name="SackPermitted">Whether selective acknowledgments may be sent.</param>
/// <param name="Ecn">The form of ECN.</param>
/// <remarks>RFC 4987 §3.6; RFC 7323 §5.4 leaves the low bits of the clock to us.</remarks>
internal readonly record struct CookieOptions(int WindowScale, bool SackPermitted, EcnForm Ecn)
{
    private const uint Mask = 127;
    private const int NoScale = 15;
    private const int SackBit = 16;
    private const int EcnShift = 5;

    /// <summary>No option but the maximum segment size.</summary>
    public static CookieOptions None { get; } = new(-1, false, EcnForm.None);

    /// <summary>The timestamp that carries them: at most 127 ms behind the clock, for it must not run ahead of later ones.</summary>
    public uint WriteTo(uint clock)
    {
        uint bits = (uint)((WindowScale < 0 ? NoScale : WindowScale) | (SackPermitted ? SackBit : 0) | ((int)Ecn << EcnShift));
        uint value = (clock & ~Mask) | bits;
        return value > clock ? unchecked(value - Mask - 1) : value;
    }

    /// <summary>Reads what a timestamp carries that came back.</summary>
    public static CookieOptions Read(uint echo)
    {
        int scale = (int)(echo & NoScale);
        int ecn = (int)(echo & Mask) >> EcnShift;
        return new CookieOptions(scale == NoScale ? -1 : scale, (echo & SackBit) != 0, ecn > (int)EcnForm.Accurate ? EcnForm.None : (EcnForm)ecn);
    }
}
