namespace NetStack.Cli.Verbs.Resolve;

/// <summary>What <c>resolve --json</c> prints.</summary>
/// <param name="Name">The name asked for.</param>
/// <param name="Type">The type asked for.</param>
/// <param name="Outcome">How the lookup ended, such as <c>Success</c> or <c>NameError</c>.</param>
/// <param name="ResponseCode">What the server said, such as <c>NOERROR</c>.</param>
/// <param name="Server">The server that answered; null where none did.</param>
/// <param name="ElapsedMs">How long it took, in milliseconds.</param>
/// <param name="Records">The aliases followed, then the records wanted.</param>
internal sealed record ResolveReport(
    string Name,
    string Type,
    string Outcome,
    string ResponseCode,
    string? Server,
    double ElapsedMs,
    IReadOnlyList<ResolvedRecord> Records);
