namespace NetStack.PacketScripts;

/// <summary>When a listen endpoint answers a SYN with a cookie instead of remembering it.</summary>
/// <remarks>RFC 4987 §3.6.</remarks>
internal enum SynCookieUse
{
    Never,
    WhenFull,
    Always,
}
