namespace NetStack.Cli.Composition;

/// <summary>A value as somebody wrote it, and where.</summary>
/// <param name="Text">The value.</param>
/// <param name="Origin">The option, variable or file it stands in, such as <c>--ip</c>.</param>
internal readonly record struct Setting(string Text, string Origin)
{
    /// <summary>A usage error about this value.</summary>
    public CommandFailure Reject(string remedy) => CommandFailure.Usage($"{Origin} {Text}: {remedy}");
}
