using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Testing;

/// <summary>The limits of a <see cref="SimulatedHost"/>.</summary>
public sealed record SimulatedHostOptions
{
    /// <summary>The 4 KiB blocks of its pool.</summary>
    public int PoolBlocks { get; init; } = 16_384;

    /// <summary>The bursts taken from a device in one turn.</summary>
    public int ReceiveBudgetBursts { get; init; } = 4;

    /// <summary>The packets sent in one turn.</summary>
    public int TransmitBudgetPackets { get; init; } = 256;

    /// <summary>The limits of its IP layer; the defaults where null.</summary>
    public IpHostOptions? Ip { get; init; }

    /// <summary>The limits of its TCP; the defaults where null.</summary>
    public TcpOptions? Tcp { get; init; }
}
