namespace NetStack.Differential.Tests;

/// <summary>The timestamps of an injected segment, where the connection uses them.</summary>
internal enum TimestampPattern
{
    /// <summary>The peer's clock, and the latest value of the implementation's.</summary>
    Right,

    /// <summary>The option is missing.</summary>
    Missing,

    /// <summary>A value from before the connection.</summary>
    Old,

    /// <summary>An echo that was never sent.</summary>
    WrongEcho,

    /// <summary>An echo of zero.</summary>
    ZeroEcho,

    /// <summary>The option although none was agreed on.</summary>
    Unasked,
}
