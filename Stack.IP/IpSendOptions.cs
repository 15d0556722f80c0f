namespace NetStack.IP;

/// <summary>What a transport says of one packet to send. The default value is that of a TCP segment.</summary>
/// <param name="TrafficClass">The TOS or traffic class byte; the lowest two bits are ECN.</param>
/// <param name="HopLimit">The TTL or hop limit; 0 stands for the host's default.</param>
/// <param name="AllowFragmentation">
/// Whether a packet larger than the path is cut into fragments. Where false it is not sent. A packet that fits is always
/// marked "don't fragment", so that the path's MTU is learned.
/// </param>
/// <remarks>RFC 1122 §3.4 (SEND call), RFC 1191 §3.</remarks>
public readonly record struct IpSendOptions(byte TrafficClass = 0, byte HopLimit = 0, bool AllowFragmentation = false);
