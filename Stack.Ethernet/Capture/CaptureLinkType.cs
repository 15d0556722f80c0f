namespace NetStack.Ethernet;

/// <summary>
/// The kind of link header a captured packet begins with, by its number in the registry of link types. A file may hold
/// numbers that have no name here.
/// </summary>
public enum CaptureLinkType
{
    /// <summary>BSD loopback: a four-byte address family in the byte order of the machine that captured.</summary>
    Null = 0,

    /// <summary>Ethernet.</summary>
    Ethernet = 1,

    /// <summary>An IPv4 or IPv6 packet, nothing before it.</summary>
    Raw = 101,

    /// <summary>OpenBSD loopback: a four-byte address family in network byte order.</summary>
    Loop = 108,

    /// <summary>Linux "cooked" capture, version 1 (16 bytes).</summary>
    LinuxCooked = 113,

    /// <summary>An IPv4 packet, nothing before it.</summary>
    Ipv4 = 228,

    /// <summary>An IPv6 packet, nothing before it.</summary>
    Ipv6 = 229,

    /// <summary>Linux "cooked" capture, version 2 (20 bytes).</summary>
    LinuxCooked2 = 276,
}
