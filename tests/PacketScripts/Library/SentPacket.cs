using NetStack.Core;

namespace NetStack.PacketScripts;

/// <summary>A packet that has left the stack.</summary>
/// <param name="Bytes">The packet from its IP header on.</param>
/// <param name="At">When it left.</param>
internal readonly record struct SentPacket(byte[] Bytes, Instant At);
