using System.CommandLine;

namespace NetStack.Cli.Output;

/// <summary>The options about output, which every verb has.</summary>
internal sealed class OutputOptionSet
{
    /// <summary>JSON in place of text.</summary>
    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Print JSON: one object, or one a line for streams.",
        Recursive = true,
    };

    /// <summary>More on standard error.</summary>
    public Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Say more on standard error.",
        Recursive = true,
    };

    /// <summary>Less on standard error.</summary>
    public Option<bool> Quiet { get; } = new("--quiet")
    {
        Description = "Say nothing but errors on standard error, and no progress.",
        Recursive = true,
    };

    public void AddTo(Command root)
    {
        root.Add(Json);
        root.Add(Verbose);
        root.Add(Quiet);
    }

    /// <summary>Where a verb without configuration prints.</summary>
    public Terminal Open(ParseResult parsed) =>
        Terminal.Open(parsed.GetValue(Json), parsed.GetValue(Verbose), parsed.GetValue(Quiet));
}
