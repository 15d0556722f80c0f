namespace NetStack.IP;

/// <summary>An ICMP error about a packet that we sent.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Source">The source address of our packet, as the error quotes it.</param>
/// <param name="Destination">The destination address of our packet.</param>
/// <param name="Reporter">Who sent the error.</param>
/// <param name="MtuBytes">With <see cref="IcmpErrorKind.PacketTooBig"/>, the MTU it names; 0 where it names none.</param>
public readonly record struct IcmpError(
    IcmpErrorKind Kind,
    IpAddress Source,
    IpAddress Destination,
    IpAddress Reporter,
    int MtuBytes);
