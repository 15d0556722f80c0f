namespace NetStack.Cli.Verbs.Bench;

/// <summary>How long is measured.</summary>
/// <param name="Seconds">The length of a round, where <paramref name="Packets"/> is null, and of the warming up before the first.</param>
/// <param name="Packets">The packets of a round: so that the same instructions are run each time.</param>
/// <param name="Rounds">How many rounds.</param>
/// <param name="Batch">The frames that a device brings in a turn.</param>
internal readonly record struct BenchPlan(double Seconds, long? Packets, int Rounds, int Batch);
