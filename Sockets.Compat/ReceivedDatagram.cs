using System.Net;

namespace NetStack.Sockets;

/// <summary>A datagram that was received.</summary>
/// <param name="Bytes">The bytes copied into the caller's buffer.</param>
/// <param name="Source">Where it came from. Datagrams that follow each other from one place share the object: it must not be changed.</param>
/// <param name="IsTruncated">Whether the datagram was longer than the buffer.</param>
public readonly record struct ReceivedDatagram(int Bytes, IPEndPoint Source, bool IsTruncated);
