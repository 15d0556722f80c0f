namespace NetStack.Cli.Verbs.Doctor;

/// <summary>What <c>doctor</c> found out about one thing.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Verdict"><c>ok</c>, <c>missing</c>, or <c>none</c> for what is only of use where it exists.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to type; null where there is nothing to do.</param>
internal sealed record Finding(string Subject, string Verdict, string Detail, string? Remedy = null)
{
    public const string Ok = "ok";
    public const string Missing = "missing";
    public const string None = "none";
}
