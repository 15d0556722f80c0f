using NetStack.Core;

namespace NetStack.Sockets;

/// <summary>What a stack holds and has done, at one moment.</summary>
/// <param name="Counters">A copy of the counters.</param>
/// <param name="OpenConnections">The TCP connections, those in TIME-WAIT not counted.</param>
/// <param name="TimeWaitConnections">The TCP connections remembered in TIME-WAIT.</param>
/// <param name="OutstandingBlocks">The 4 KiB blocks of the pool in use, those at hand for writers counted too.</param>
/// <param name="OutstandingSlices">The slices of blocks in use.</param>
public sealed record NetworkStackStatistics(
    Counters Counters,
    int OpenConnections,
    int TimeWaitConnections,
    int OutstandingBlocks,
    int OutstandingSlices);
