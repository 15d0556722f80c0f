using System.CommandLine;
using System.CommandLine.Parsing;

namespace NetStack.Reports;

/// <summary>The arguments of the programs, and what is refused of them.</summary>
internal static class Arguments
{
    /// <summary>An option that takes names of a list, all by default.</summary>
    public static Option<string[]> Names(string name, string description, string[] allowed)
    {
        Option<string[]> option = new(name)
        {
            Description = $"{description} All by default: {string.Join(", ", allowed)}.",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = true,
        };
        option.Validators.Add(result => RefuseOthers(result, allowed));
        return option;
    }

    /// <summary>Refuses values.</summary>
    /// <param name="option">The option.</param>
    /// <param name="isGood">Which values it takes.</param>
    /// <param name="what">What these are, for the message.</param>
    public static void Require<T>(Option<T> option, Func<T, bool> isGood, string what) => option.Validators.Add(result =>
    {
        if (!isGood(result.GetValueOrDefault<T>()))
        {
            result.AddError($"{option.Name} takes {what}");
        }
    });

    private static void RefuseOthers(OptionResult result, string[] allowed)
    {
        foreach (Token token in result.Tokens.Where(token => !allowed.Contains(token.Value)))
        {
            result.AddError($"{result.Option.Name}: there is no {token.Value}; choose from {string.Join(", ", allowed)}");
        }
    }
}
