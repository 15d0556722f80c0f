namespace NetStack.IP;

/// <summary>What a transport says of one packet to send. The default value is that of a TCP segment.</summary>
/// <param name="TrafficClass">The TOS or traffic class byte; the lowest two bits are ECN.</param>
/// <param name="HopLimit">The TTL or hop limit; 0 stands for the host's default.</param>
/// <param name="AllowFragmentation">
/// Whether a packet larger than the path is cut into fragments. Where false it is not sent. A packet that fits is
/// marked "don't fragment", so that the path's MTU is learned.
/// </param>
/// <param name="MayBeFragmentedOnTheWay">
/// Whether routers may cut the packet, too: for those of which nobody remembers that they were sent, so that an error about
/// one is not believed.
/// </param>
/// <remarks>RFC 1122 §3.4 (SEND call), RFC 1191 §3.</remarks>
public readonly record struct IpSendOptions(byte TrafficClass = 0, byte HopLimit = 0, bool AllowFragmentation = false, bool MayBeFragmentedOnTheWay = false);
