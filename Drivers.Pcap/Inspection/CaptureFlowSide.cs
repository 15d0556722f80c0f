namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>What one side of a conversation sent. The counts beyond bytes are zero for UDP.</summary>
/// <param name="Packets">Packets.</param>
/// <param name="Bytes">Bytes on the wire, from the link header on.</param>
/// <param name="Syn">Segments with SYN.</param>
/// <param name="Fin">Segments with FIN.</param>
/// <param name="Rst">Segments with RST.</param>
/// <param name="Retransmissions">Segments that begin below the highest sequence number seen: retransmitted, duplicated or
/// reordered. Keep-alive probes are not among them.</param>
public sealed record CaptureFlowSide(long Packets, long Bytes, long Syn, long Fin, long Rst, long Retransmissions);
