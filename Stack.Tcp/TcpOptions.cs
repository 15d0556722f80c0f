using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>The limits and choices of all TCP connections of a host. Read once, when the demultiplexer is made.</summary>
public sealed class TcpOptions
{
    /// <summary>What connections get that are opened without options of their own.</summary>
    public TcpConnectionOptions Connection { get; init; } = new();

    /// <summary>The first port that is given to connections which ask for none.</summary>
    /// <remarks>RFC 6335 §6.</remarks>
    public ushort FirstEphemeralPort { get; init; } = 49152;

    /// <summary>The last of those ports.</summary>
    public ushort LastEphemeralPort { get; init; } = 65535;

    /// <summary>How long a finished connection is remembered: twice the maximum segment lifetime.</summary>
    /// <remarks>RFC 9293 §3.6.1 asks for 4 minutes; see DEVIATIONS.md.</remarks>
    public Duration TimeWait { get; init; } = Duration.FromSeconds(60);

    /// <summary>The most connections remembered in TIME-WAIT; beyond it the oldest is forgotten.</summary>
    public int MaximumTimeWait { get; init; } = 16_384;

    /// <summary>The most connections, those in TIME-WAIT not counted.</summary>
    public int MaximumConnections { get; init; } = 2_000_000;

    /// <summary>How long a closed connection waits in FIN-WAIT-2 for a peer that does not finish.</summary>
    public Duration FinWait2Timeout { get; init; } = Duration.FromSeconds(60);

    /// <summary>The resets per second sent in answer to segments of no connection.</summary>
    public int StrayResetsPerSecond { get; init; } = 1_000;

    /// <summary>The challenge acknowledgments, and those that answer segments without payload from outside the window, that a connection sends in 5 seconds.</summary>
    /// <remarks>RFC 5961 §7; counted for each connection alone, so that none tells of another.</remarks>
    public int ChallengesPerFiveSeconds { get; init; } = 10;

    /// <summary>How often an orphan, a connection closed by its owner, is sent to in vain before it is reset.</summary>
    /// <remarks>Also where the peer answers with a closed window: nobody is left to wait for it.</remarks>
    public int OrphanRetries { get; init; } = 8;

    /// <summary>The memory of all connections together for what waits to be read, put in sequence, sent or acknowledged; 0 stands for three quarters of the pool, which is also the most.</summary>
    /// <remarks>
    /// What is remembered of each segment on its way comes on top of it: up to a ninth, beyond the 64 segments that every
    /// connection may have on its way, and four megabytes kept for connections to come. Where that is used up, connections
    /// send nothing new before something is acknowledged.
    /// </remarks>
    public long MemoryBudgetBytes { get; init; }

    /// <summary>How long payload behind a gap is held before it is given back.</summary>
    /// <remarks>RFC 2018 §8 allows it, RFC 9293 §3.10.7.4 does not ask for more.</remarks>
    public Duration ReassemblyTimeout { get; init; } = Duration.FromSeconds(60);

    /// <summary>The connections a listen endpoint holds whose handshake is not complete.</summary>
    public int SynQueueLength { get; init; } = 1_024;

    /// <summary>The connections of the host that were taken in by Fast Open and whose handshake is not complete; beyond it SYNs are taken in the plain way.</summary>
    /// <remarks>RFC 7413 §5.1.</remarks>
    public int FastOpenQueueLength { get; init; } = 256;

    /// <summary>When SYNs are answered with cookies. They keep maximum segment size, window scale, SACK and ECN, the last three only with timestamps.</summary>
    /// <remarks>RFC 4987 §3.6.</remarks>
    public SynCookieUse SynCookies { get; init; } = SynCookieUse.WhenFull;
}
