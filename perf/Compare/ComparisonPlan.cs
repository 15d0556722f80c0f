using NetStack.Compare.Measuring;

namespace NetStack.Compare;

/// <summary>What is to be measured, and how long.</summary>
/// <param name="Contenders">Who takes part.</param>
/// <param name="Works">What they do.</param>
/// <param name="Rounds">How often each is measured.</param>
/// <param name="Seconds">How long a measurement takes, without its warm-up.</param>
/// <param name="Core">The core that client and server share.</param>
/// <param name="Programs">Where the programs are.</param>
internal sealed record ComparisonPlan(
    IReadOnlyList<Contender> Contenders, IReadOnlyList<Work> Works, int Rounds, double Seconds, int Core, string Programs)
{
    /// <summary>Those of the contenders that do some of the work.</summary>
    public IEnumerable<Contender> TakingPart => Contenders.Where(contender => Works.Any(contender.Serves));
}
