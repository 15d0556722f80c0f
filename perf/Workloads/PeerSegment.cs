using NetStack.Tcp;

namespace NetStack.Workloads;

/// <summary>What a segment of a peer is made of.</summary>
internal readonly record struct PeerSegment(uint Address, ushort Port, TcpFlags Flags, uint Sequence, uint Acknowledgment);
