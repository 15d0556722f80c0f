using System.CommandLine;
using System.CommandLine.Parsing;
using NetStack.Cli.Output;
using NetStack.Cli.Verbs.Bench;
using NetStack.Cli.Verbs.Doctor;
using NetStack.Cli.Verbs.Get;
using NetStack.Cli.Verbs.Inspect;
using NetStack.Cli.Verbs.Ping;
using NetStack.Cli.Verbs.Resolve;
using NetStack.Cli.Verbs.Serve;

namespace NetStack.Cli;

/// <summary>The command: its verbs, and what happens when one of them fails.</summary>
internal static class CommandTree
{
    /// <summary>Parses the arguments and runs the verb they name.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        using ShutdownSignal shutdown = new();
        try
        {
            ParseResult parsed = Build(shutdown).Parse(arguments);
            if (parsed.Errors.Count > 0 || Misplaced(parsed) is not null)
            {
                throw CommandFailure.Usage(Explain(parsed));
            }

            InvocationConfiguration configuration = new()
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, shutdown.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The last handler: whatever it is, the user gets one line, not a trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            CommandFailure failure = CommandFailure.From(exception);
            await Console.Error.WriteLineAsync($"netstack: {failure.Line}").ConfigureAwait(false);
            return failure.ExitCode;
        }
    }

    private static RootCommand Build(ShutdownSignal shutdown)
    {
        OutputOptionSet output = new();
        RootCommand root = new("A TCP/IP stack of its own: servers, clients and tools over a TAP device, a capture file or a simulated link.")
        {
            ServeVerb.Build(output, shutdown),
            PingVerb.Build(output),
            GetVerb.Build(output),
            ResolveVerb.Build(output),
            InspectVerb.Build(output),
            DoctorVerb.Build(output),
            BenchVerb.Build(output),
        };
        output.AddTo(root);
        return root;
    }

    private static string Explain(ParseResult parsed)
    {
        string verb = parsed.CommandResult.Command is RootCommand ? "netstack" : $"netstack {parsed.CommandResult.Command.Name}";
        string? unknown = Misplaced(parsed) ?? (parsed.UnmatchedTokens is [string first, ..] ? first : null);
        string what = unknown is not null ? $"'{unknown}' is not known here" : parsed.Errors[0].Message.TrimEnd('.');
        return $"{what}; type \"{verb} --help\"";
    }

    /// <summary>An option that the verb does not have, which the parser takes for an argument or for nothing it knows.</summary>
    private static string? Misplaced(ParseResult parsed) => parsed.CommandResult.Children
        .OfType<ArgumentResult>()
        .SelectMany(argument => argument.Tokens)
        .Select(token => token.Value)
        .Concat(parsed.UnmatchedTokens)
        .FirstOrDefault(value => value.Length > 1 && value[0] == '-');
}
