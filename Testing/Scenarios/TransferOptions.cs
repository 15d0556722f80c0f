using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing;

/// <summary>The choices of a <see cref="Transfer"/>.</summary>
public sealed record TransferOptions
{
    /// <summary>The conditions on the way back; the same as on the way there where null.</summary>
    public LinkConditions? BackConditions { get; init; }

    /// <summary>The bytes that go the other way at the same time.</summary>
    public long BackBytes { get; init; }

    /// <summary>The TCP choices of the client's connection; the host's where null.</summary>
    public TcpConnectionOptions? Client { get; init; }

    /// <summary>The TCP choices of the server's connection; the host's where null.</summary>
    public TcpConnectionOptions? Server { get; init; }

    /// <summary>The limits of both hosts.</summary>
    public SimulatedHostOptions Hosts { get; init; } = new();

    /// <summary>How fast the server reads; as fast as it can where null.</summary>
    public ReadPace? ServerPace { get; init; }

    /// <summary>How fast the client reads; as fast as it can where null.</summary>
    public ReadPace? ClientPace { get; init; }

    /// <summary>Every write is of a random size up to this; 0 writes whole blocks.</summary>
    public int LargestWriteBytes { get; init; }

    /// <summary>What the devices of both hosts are like.</summary>
    public LinkEndOptions Ends { get; init; } = new();

    /// <summary>The virtual time after which the transfer counts as stuck.</summary>
    public Duration Limit { get; init; } = Duration.FromSeconds(24 * 3600);
}
