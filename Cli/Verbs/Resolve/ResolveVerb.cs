using System.CommandLine;
using System.Runtime.CompilerServices;
using NetStack.Cli.Composition;
using NetStack.Cli.Output;
using NetStack.Dns;

namespace NetStack.Cli.Verbs.Resolve;

/// <summary><c>netstack resolve</c>: looks a name up over the stack.</summary>
internal static class ResolveVerb
{
    public static Command Build(OutputOptionSet output)
    {
        StackOptionSet stackOptions = new(output);
        Argument<string> name = new("NAME") { Description = "The name to look up." };
        Option<string> type = new("--type")
        {
            HelpName = "T",
            Description = "The type of record, such as A, AAAA, MX, TXT, SRV or TYPE65.",
            DefaultValueFactory = _ => "A",
        };
        Command verb = new("resolve", "Look a name up at the DNS servers of --dns. Exits 1 where there is no such name or no reply.") { name, type };
        stackOptions.AddTo(verb);
        verb.SetAction(async (parsed, stop) =>
        {
            StackSettings settings = stackOptions.Read(parsed, out Terminal terminal);
            if (!DnsMnemonic.TryParseType(parsed.GetRequiredValue(type), out DnsRecordType wanted))
            {
                throw new Setting(parsed.GetRequiredValue(type), "--type").Reject("there is no such type; write A, AAAA, MX or TYPE and its number.");
            }

            RunningStack running = await StackComposer.OpenAsync(settings, terminal).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable open = running.ConfigureAwait(false);
            DnsResult result = await running.Stack.ResolveAsync(parsed.GetRequiredValue(name), wanted, stop).ConfigureAwait(false);
            Print(result, parsed.GetRequiredValue(name), wanted, settings, terminal);
            return result.Outcome == DnsOutcome.Success ? ExitCode.Done : throw Explain(result.Outcome, parsed.GetRequiredValue(name), wanted);
        });
        return verb;
    }

    private static void Print(DnsResult result, string name, DnsRecordType type, StackSettings settings, Terminal terminal)
    {
        if (!terminal.IsJson)
        {
            foreach (DnsRecord record in result.Records)
            {
                terminal.Print(record.ToString());
            }

            return;
        }

        string? server = result.ServerIndex >= 0 ? settings.DnsServers[result.ServerIndex].ToString() : null;
        terminal.Print(
            new ResolveReport(
                name,
                DnsMnemonic.Of(type),
                result.Outcome.ToString(),
                DnsMnemonic.Of(result.ResponseCode),
                server,
                result.Elapsed.TotalMilliseconds,
                [.. result.Records.Select(ToReport)]),
            CliJson.Default.ResolveReport);
    }

    private static ResolvedRecord ToReport(DnsRecord record) => new(
        record.Name.ToString(), record.TtlSeconds, DnsMnemonic.Of(record.Class), DnsMnemonic.Of(record.Type), record.DataText);

    private static CommandFailure Explain(DnsOutcome outcome, string name, DnsRecordType type) => outcome switch
    {
        DnsOutcome.NameError => CommandFailure.Failed($"resolve {name}: the name does not exist (NXDOMAIN)."),
        DnsOutcome.NoData => CommandFailure.Failed($"resolve {name}: the name has no {DnsMnemonic.Of(type)} record; try another --type."),
        DnsOutcome.ServerFailure => CommandFailure.Failed($"resolve {name}: the DNS servers report a failure; try others with --dns."),
        DnsOutcome.TimedOut => CommandFailure.Failed($"resolve {name}: no DNS server answered; check --dns, --gateway and the network."),
        DnsOutcome.NeedsTcp => CommandFailure.Failed($"resolve {name}: the answer is too long for UDP, and DNS over TCP is not available in this version; ask for another --type."),
        DnsOutcome.TooManyAliases => CommandFailure.Failed($"resolve {name}: aliases lead to aliases without end; this is for the owner of the name to repair."),
        DnsOutcome.InvalidName => CommandFailure.Usage($"resolve {name}: this is no name; write one such as www.example.com."),
        _ => CommandFailure.Usage($"resolve {name}: no DNS server is given; add --dns ADDR."),
    };
}
