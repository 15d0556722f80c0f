namespace NetStack.Cli.Verbs.Bench;

/// <summary>What was measured, and by which build.</summary>
/// <param name="Runtime">The version of the runtime, and whether the code was compiled before it ran.</param>
/// <param name="VectorBits">The widest vectors that the build uses.</param>
/// <param name="Rounds">The rounds of each workload.</param>
/// <param name="Batch">The frames that a device brings in a turn.</param>
/// <param name="Rows">The figures.</param>
internal sealed record BenchReport(string Runtime, int VectorBits, int Rounds, int Batch, IReadOnlyList<BenchRow> Rows);
