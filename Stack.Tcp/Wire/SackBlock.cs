namespace NetStack.Tcp;

/// <summary>A stretch of sequence numbers that has arrived.</summary>
/// <param name="Start">The first sequence number.</param>
/// <param name="End">The sequence number behind the last one.</param>
/// <remarks>RFC 2018 §3.</remarks>
public readonly record struct SackBlock(SequenceNumber Start, SequenceNumber End);
