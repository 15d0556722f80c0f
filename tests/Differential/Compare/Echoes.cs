using System.Globalization;

namespace NetStack.Differential.Tests;

/// <summary>The echoes of the peer's clock in a disagreement. Each arrival has a time of its own, so that an echo tells which one it is of.</summary>
internal static class Echoes
{
    private const string Word = "echo ";

    /// <summary>Whether nothing differs but which of the peer's timestamps is echoed.</summary>
    public static bool AreAllThatDiffers(Disagreement found) =>
        found.IsAboutSegmentsOnly
        && found.Our.Sent.Count == found.Their.Sent.Count
        && found.Our.Sent.Zip(found.Their.Sent).All(pair => Comparison.IsSame(pair.First with { Options = pair.Second.Options }, pair.Second));

    /// <summary>The arrival whose timestamp one side echoes, where that is a later one than the other side's; else null.</summary>
    public static ArrivalEvent? Latest(Disagreement found, bool isOurs)
    {
        int ours = found.Our.Sent.Max(Of);
        int theirs = found.Their.Sent.Max(Of);
        int later = isOurs ? ours : theirs;
        return later > (isOurs ? theirs : ours)
            ? found.Program.Events.OfType<ArrivalEvent>().ElementAt((later / Peer.ClockStep) - 1)
            : null;
    }

    private static int Of(SentSegment segment)
    {
        string? text = segment.Options.Split(Word) is [_, { } rest] ? rest.Split(' ')[0] : null;
        return int.TryParse(text, CultureInfo.InvariantCulture, out int echo) ? echo : 0;
    }
}
