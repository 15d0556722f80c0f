using System.Globalization;
using System.Text;

namespace NetStack.Differential.Tests;

/// <summary>What happens to an implementation, and what the peer is like that it talks to.</summary>
internal sealed record DifferentialProgram
{
    public required ulong Seed { get; init; }

    /// <summary>What the program is about, for messages.</summary>
    public required string Kind { get; init; }

    public required OptionSet Options { get; init; }

    /// <summary>Whether the implementation listens.</summary>
    public required bool IsPassive { get; init; }

    /// <summary>The maximum segment size of the peer's SYN; 0 leaves the option out.</summary>
    public required int PeerSegmentBytes { get; init; }

    /// <summary>The window scale of the peer's SYN; −1 leaves the option out.</summary>
    public required int PeerScale { get; init; }

    public required bool PeerTimestamps { get; init; }

    public required bool PeerSack { get; init; }

    public required uint PeerInitialSequence { get; init; }

    public required IReadOnlyList<ProgramEvent> Events { get; init; }

    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(
            CultureInfo.InvariantCulture,
            $"seed {Seed}: {Kind}, {(IsPassive ? "passive" : "active")}, ours {Options}; peer mss={PeerSegmentBytes} scale={PeerScale} timestamps={PeerTimestamps} sack={PeerSack} iss={PeerInitialSequence}");
        return text.ToString();
    }
}
