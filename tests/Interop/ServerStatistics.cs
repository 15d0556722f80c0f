namespace NetStack.Interop.Tests;

/// <summary>What <c>GET /stats</c> answers, as far as the tests read it.</summary>
/// <param name="OpenConnections">TCP connections, those in TIME-WAIT not counted.</param>
/// <param name="AcceptedConnections">TCP connections that peers opened, in all.</param>
/// <param name="PoolOutstandingBlocks">Blocks of the packet pool in use.</param>
/// <param name="PoolOutstandingSlices">Slices of blocks in use.</param>
/// <param name="ManagedHeapBytes">The managed heap, in bytes.</param>
/// <param name="TotalDrops">Packets dropped.</param>
/// <param name="Drops">The same by reason.</param>
/// <param name="Counters">Everything else that is counted.</param>
internal sealed record ServerStatistics(
    int OpenConnections,
    long AcceptedConnections,
    int PoolOutstandingBlocks,
    int PoolOutstandingSlices,
    long ManagedHeapBytes,
    long TotalDrops,
    IReadOnlyDictionary<string, long> Drops,
    IReadOnlyDictionary<string, long> Counters);
