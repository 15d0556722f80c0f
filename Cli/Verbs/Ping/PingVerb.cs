using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using NetStack.Cli.Composition;
using NetStack.Cli.Output;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Ping;

/// <summary><c>netstack ping</c>: echo requests, printed as ping prints them.</summary>
internal static class PingVerb
{
    private const int DefaultPayloadBytes = 56;
    private const double LeastIntervalSeconds = 0.002;
    private const double MostSeconds = 86_400;

    public static Command Build(OutputOptionSet output)
    {
        StackOptionSet stackOptions = new(output);
        Argument<string> target = new("ADDR") { Description = "The address, or a name where --dns is given." };
        Option<string?> count = new("-c") { HelpName = "N", Description = "Stop after N requests." };
        Option<string?> interval = new("-i") { HelpName = "S", Description = "Seconds between requests: 1." };
        Option<string?> size = new("-s") { HelpName = "BYTES", Description = "Data bytes in a request: 56." };
        Option<string?> wait = new("-W") { HelpName = "S", Description = "Seconds to wait for a reply: 10." };
        Command verb = new("ping", "Send echo requests. Exits 1 where none is answered.") { target, count, interval, size, wait };
        stackOptions.AddTo(verb);
        verb.SetAction(async (parsed, stop) =>
        {
            StackSettings settings = stackOptions.Read(parsed, out Terminal terminal);
            PingRequest request = new(
                parsed.GetRequiredValue(target),
                parsed.GetValue(count) is { } n ? (long)StackSettings.ParseNumber(new Setting(n, "-c"), 1, long.MaxValue) : null,
                ParseSeconds(parsed.GetValue(interval), "-i", 1, LeastIntervalSeconds),
                parsed.GetValue(size) is { } s
                    ? (int)StackSettings.ParseNumber(new Setting(s, "-s"), 0, EchoSocket.MaximumPayloadBytes)
                    : DefaultPayloadBytes,
                ParseSeconds(parsed.GetValue(wait), "-W", 10, LeastIntervalSeconds));
            return await RunAsync(settings, request, terminal, stop).ConfigureAwait(false);
        });
        return verb;
    }

    private static async Task<int> RunAsync(StackSettings settings, PingRequest request, Terminal terminal, CancellationToken stop)
    {
        if (IPAddress.TryParse(request.Target, out _))
        {
            StackSettings.ParseHost(new Setting(request.Target, "ping"));
        }
        else if (settings.DnsServers.Count == 0)
        {
            throw CommandFailure.Usage($"ping {request.Target}: this is no address; write one, or add --dns ADDR to look the name up.");
        }

        RunningStack running = await StackComposer.OpenAsync(settings, terminal).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable open = running.ConfigureAwait(false);
        IReadOnlyList<IPAddress> found = await running.Stack.FindAddressesAsync(request.Target, stop).ConfigureAwait(false);
        bool isAnswered = await new PingRun(request, found[0], terminal).RunAsync(running.Stack, stop).ConfigureAwait(false);
        return isAnswered ? ExitCode.Done : ExitCode.Failed;
    }

    private static TimeSpan ParseSeconds(string? text, string option, double otherwise, double least)
    {
        if (text is null)
        {
            return TimeSpan.FromSeconds(otherwise);
        }

        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && seconds >= least && seconds <= MostSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new Setting(text, option).Reject(string.Create(
                CultureInfo.InvariantCulture, $"write a number of seconds from {least} to {MostSeconds}."));
    }
}
