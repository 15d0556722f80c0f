namespace NetStack.Cli.Verbs.Doctor;

/// <summary>What <c>doctor --json</c> prints.</summary>
/// <param name="IsReady">Whether a TAP can be opened.</param>
/// <param name="Findings">What was looked at.</param>
/// <param name="Next">What to type next.</param>
internal sealed record DoctorReport(bool IsReady, IReadOnlyList<Finding> Findings, IReadOnlyList<string> Next);
