using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using NetStack.Cli.Composition;
using NetStack.Cli.Output;
using NetStack.Core;
using NetStack.Drivers.Tap;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary><c>netstack serve</c>: runs servers until Ctrl-C or SIGTERM.</summary>
internal static class ServeVerb
{
    private static readonly TimeSpan DeviceCheckInterval = TimeSpan.FromSeconds(1);

    public static Command Build(OutputOptionSet output, ShutdownSignal shutdown)
    {
        StackOptionSet stackOptions = new(output);
        Option<string?> http = Service("http", "HTTP", ServerRequest.DefaultHttpPort);
        Option<string?> echo = Service("echo", "echo (RFC 862) over TCP and UDP", ServerRequest.DefaultEchoPort);
        Option<string?> discard = Service("discard", "discard (RFC 863) over TCP and UDP", ServerRequest.DefaultDiscardPort);
        Option<string?> chargen = Service("chargen", "chargen (RFC 864) over TCP and UDP", ServerRequest.DefaultChargenPort);
        Command verb = new("serve", "Run servers until Ctrl-C or SIGTERM, then print a summary.") { http, echo, discard, chargen };
        stackOptions.AddTo(verb);
        verb.SetAction(async (parsed, _) =>
        {
            StackSettings settings = stackOptions.Read(parsed, out Terminal terminal);
            ServerRequest request = new()
            {
                HttpPort = PortOf(parsed, http, ServerRequest.DefaultHttpPort),
                EchoPort = PortOf(parsed, echo, ServerRequest.DefaultEchoPort),
                DiscardPort = PortOf(parsed, discard, ServerRequest.DefaultDiscardPort),
                ChargenPort = PortOf(parsed, chargen, ServerRequest.DefaultChargenPort),
            };
            return await RunAsync(settings, request, terminal, shutdown.Token).ConfigureAwait(false);
        });
        return verb;
    }

    private static async Task<int> RunAsync(StackSettings settings, ServerRequest request, Terminal terminal, CancellationToken stop)
    {
        // The services never block: on the loop they save each request two changes of threads.
        RunningStack running = await StackComposer.OpenAsync(settings, terminal, scheduler: PipeScheduler.Inline).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable open = running.ConfigureAwait(false);
        TapException? fault;
        ServerSet services = await ServerSet.StartAsync(running.Stack, running.Devices, request, settings.Seed).ConfigureAwait(false);
        await using (services.ConfigureAwait(false))
        {
            if (services.Names.Count == 0)
            {
                terminal.Note("no service is asked for (--http, --echo, --discard, --chargen): the stack answers echo requests only.");
            }

            PrintReady(running, terminal);
            fault = await WaitAsync(running, terminal, stop).ConfigureAwait(false);
        }

        await running.DisposeAsync().ConfigureAwait(false);
        int exitCode = await PrintSummaryAsync(running, terminal).ConfigureAwait(false);
        return fault is null ? exitCode : throw CommandFailure.From(fault);
    }

    /// <summary>Waits until there is a signal, a device is gone, or a defect has ended the stack.</summary>
    /// <returns>Why the device is gone.</returns>
    private static async Task<TapException?> WaitAsync(RunningStack running, Terminal terminal, CancellationToken stop)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        string? told = null;
        while (!stop.IsCancellationRequested && !running.Stack.Ended.IsCompleted)
        {
            told = TellOfXen(running, terminal, told);
            foreach (TapDevice tap in running.Taps)
            {
                if (tap.Fault is { } fault)
                {
                    return fault;
                }
            }

            await Task.WhenAny(running.Stack.Ended, Task.Delay(DeviceCheckInterval, end.Token)).ConfigureAwait(false);
        }

        await end.CancelAsync().ConfigureAwait(false);
        return null;
    }

    /// <summary>Tells what is wrong with an interface of Xen's, once. It may come back, and the servers go on.</summary>
    /// <returns>What has been told.</returns>
    private static string? TellOfXen(RunningStack running, Terminal terminal, string? told)
    {
        string? hint = running.Netfronts.Select(netfront => netfront.Hint).FirstOrDefault(text => text is not null);
        if (hint is not null && hint != told)
        {
            terminal.Warn(hint);
        }

        return hint;
    }

    private static void PrintReady(RunningStack running, Terminal terminal)
    {
        foreach (DeviceOptions device in running.Devices)
        {
            string name = device.Device.Name;
            string address = device.Addresses[0].Address.ToString();
            if (terminal.IsJson)
            {
                terminal.Print(new ReadyReport("ready", name, address), CliJson.Default.ReadyReport);
            }
            else
            {
                terminal.Print($"ready {name} {address}");
            }
        }
    }

    private static async Task<int> PrintSummaryAsync(RunningStack running, Terminal terminal)
    {
        NetworkStackStatistics statistics = await running.Stack.ReadStatisticsAsync().ConfigureAwait(false);
        StackReport report = StackReport.Of(statistics, running.Devices, "summary");
        if (terminal.IsJson)
        {
            terminal.Print(report, CliJson.Default.StackReport);
        }
        else
        {
            foreach (string line in Summarize(report, statistics.Counters))
            {
                terminal.Print(line);
            }
        }

        if (report.PoolOutstandingBlocks == 0)
        {
            return ExitCode.Done;
        }

        terminal.Warn("blocks of the packet pool were not returned: this is a defect of netstack; please report it.");
        return ExitCode.Failed;
    }

    private static IEnumerable<string> Summarize(StackReport report, Counters counters)
    {
        FormattableString connections =
            $"connections: {report.AcceptedConnections} accepted, {counters[Counter.TcpConnectionResets]} reset";
        FormattableString received =
            $"received: {counters[Counter.BytesReceived]} bytes in {counters[Counter.FramesReceived]} frames";
        FormattableString sent =
            $"sent: {counters[Counter.BytesTransmitted]} bytes in {counters[Counter.FramesTransmitted]} frames, {counters[Counter.TcpSegmentsRetransmitted]} TCP segments again";
        string reasons = string.Join(", ", report.Drops.Where(drop => drop.Value > 0)
            .OrderByDescending(drop => drop.Value)
            .Select(drop => string.Create(CultureInfo.InvariantCulture, $"{drop.Key} {drop.Value}")));
        FormattableString drops = $"drops: {report.TotalDrops}{(reasons.Length > 0 ? $" ({reasons})" : "")}";
        FormattableString pool = $"pool outstanding: {report.PoolOutstandingBlocks}";
        return ((FormattableString[])[connections, received, sent, drops, pool]).Select(FormattableString.Invariant);
    }

    private static Option<string?> Service(string name, string what, int port) => new($"--{name}")
    {
        HelpName = "PORT",
        Arity = ArgumentArity.ZeroOrOne,
        Description = string.Create(CultureInfo.InvariantCulture, $"Serve {what}; on port {port} unless another is given."),
    };

    private static int? PortOf(ParseResult parsed, Option<string?> option, int port)
    {
        if (parsed.GetResult(option) is not OptionResult { Implicit: false } result)
        {
            return null;
        }

        return result.Tokens.Count == 0
            ? port
            : (int)StackSettings.ParseNumber(new Setting(result.Tokens[0].Value, option.Name), 1, ushort.MaxValue);
    }
}
