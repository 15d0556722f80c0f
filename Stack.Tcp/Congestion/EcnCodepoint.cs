namespace NetStack.Tcp;

/// <summary>The lowest two bits of the TOS or traffic class.</summary>
/// <remarks>RFC 3168 §5.</remarks>
internal enum EcnCodepoint : byte
{
    NotCapable = 0,
    Capable1 = 1,
    Capable0 = 2,
    CongestionExperienced = 3,
}
