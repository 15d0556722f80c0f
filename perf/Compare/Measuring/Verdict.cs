namespace NetStack.Compare.Measuring;

/// <summary>Whether a target is met.</summary>
internal enum Verdict
{
    NotMeasured,
    NotMet,
    MustMet,

    /// <summary>Where nothing else is asked for.</summary>
    StretchNotMet,
    StretchMet,
}
