using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using NetStack.Cli.Output;
using NetStack.IP;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Ping;

/// <summary>One run of echo requests to a destination.</summary>
internal sealed class PingRun(PingRequest request, IPAddress destination, Terminal terminal)
{
    private const int IcmpHeaderBytes = 8;
    private const int Ipv4HeaderBytes = 20;
    private const double LeastLingerMs = 1000;

    private readonly PingStatistics _statistics = new();
    private readonly Lock _lock = new();
    private readonly Stopwatch _elapsed = new();

    /// <summary>Sends requests until the count is reached or the user stops, and prints what ping prints.</summary>
    /// <returns>Whether there was a reply.</returns>
    public async Task<bool> RunAsync(NetworkStack stack, CancellationToken stop)
    {
        PrintHeader();
        EchoSocket socket = await stack.OpenEchoAsync().ConfigureAwait(false);
        await using ConfiguredAsyncDisposable open = socket.ConfigureAwait(false);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task showing = ShowArrivalsAsync(socket, end.Token);
        List<Task> pending = [];
        _elapsed.Start();
        try
        {
            using PeriodicTimer interval = new(request.Interval);
            do
            {
                pending.RemoveAll(task => task.IsCompleted);
                _statistics.Transmitted++;
                pending.Add(AskAsync(socket, end.Token));
            }
            while (_statistics.Transmitted != request.Count && await interval.WaitForNextTickAsync(stop).ConfigureAwait(false));

            await LingerAsync(Task.WhenAll(pending), stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl-C is how a run without a count ends.
        }

        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(pending).ConfigureAwait(false);
        await showing.ConfigureAwait(false);
        PrintSummary();
        return _statistics.Received > 0;
    }

    /// <summary>Shows replies and errors as they come.</summary>
    private async Task ShowArrivalsAsync(EchoSocket socket, CancellationToken end)
    {
        try
        {
            await foreach (EchoReply reply in socket.Arrivals.ReadAllAsync(end).ConfigureAwait(false))
            {
                Count(reply);
            }
        }
        catch (OperationCanceledException)
        {
            // What is there when the run ends still counts.
            while (socket.Arrivals.TryRead(out EchoReply reply))
            {
                Count(reply);
            }
        }
    }

    /// <summary>
    /// Waits for the last replies: the whole time-out where none has come yet, else twice the longest round trip, but never
    /// less than an interval or a second.
    /// </summary>
    private async Task LingerAsync(Task replies, CancellationToken stop)
    {
        TimeSpan linger = request.Timeout;
        lock (_lock)
        {
            if (_statistics.Received > 0)
            {
                double ms = Math.Max(2 * _statistics.MaxMs, Math.Max(request.Interval.TotalMilliseconds, LeastLingerMs));
                linger = TimeSpan.FromMilliseconds(Math.Min(ms, linger.TotalMilliseconds));
            }
        }

        await Task.WhenAny(replies, Task.Delay(linger, stop)).ConfigureAwait(false);
    }

    private async Task AskAsync(EchoSocket socket, CancellationToken end)
    {
        try
        {
            EchoReply reply = await socket.PingAsync(destination, request.PayloadBytes, request.Timeout, end).ConfigureAwait(false);
            if (reply.Status is not (EchoStatus.Replied or EchoStatus.Refused))
            {
                // Those two are among the arrivals.
                Count(reply);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over before the reply: it counts as lost.
        }
    }

    private void Count(in EchoReply reply)
    {
        lock (_lock)
        {
            switch (reply.Status)
            {
                case EchoStatus.Replied:
                    _statistics.Add(reply.RoundTrip.TotalMilliseconds);
                    PrintReply(reply, reply.Sequence, reply.RoundTrip.TotalMilliseconds);
                    break;
                case EchoStatus.TimedOut when terminal.IsJson:
                    terminal.Print(
                        new PingReplyReport("timeout", reply.Sequence, null, null, null, null, null), CliJson.Default.PingReplyReport);
                    break;
                case EchoStatus.TimedOut:
                    break;
                default:
                    _statistics.Errors++;
                    PrintError(reply, reply.Sequence);
                    break;
            }
        }
    }

    private void PrintReply(in EchoReply reply, long number, double ms)
    {
        int bytes = reply.PayloadBytes + IcmpHeaderBytes;
        if (terminal.IsJson)
        {
            terminal.Print(
                new PingReplyReport("reply", number, reply.Source!.ToString(), bytes, reply.HopLimit, ms, reply.IsDataIntact ? null : "wrong data"),
                CliJson.Default.PingReplyReport);
            return;
        }

        string damage = reply.IsDataIntact ? "" : " (wrong data)";
        terminal.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"{bytes} bytes from {reply.Source}: icmp_seq={number} ttl={reply.HopLimit} time={PingStatistics.Format(ms)} ms{damage}"));
    }

    private void PrintError(in EchoReply reply, long number)
    {
        string error = Describe(reply);
        if (terminal.IsJson)
        {
            terminal.Print(
                new PingReplyReport("error", number, reply.Source?.ToString(), null, null, null, error), CliJson.Default.PingReplyReport);
        }
        else if (reply.Source is { } source)
        {
            terminal.Print(string.Create(CultureInfo.InvariantCulture, $"From {source} icmp_seq={number} {error}"));
        }
        else
        {
            terminal.Warn(string.Create(CultureInfo.InvariantCulture, $"icmp_seq={number}: {error}"));
        }
    }

    private static string Describe(in EchoReply reply) => reply.Status switch
    {
        EchoStatus.NoRoute => "no route leads there; add --gateway ADDR or an --ip of that network",
        EchoStatus.NotSent => "not sent: too large, or the device is full",
        _ => reply.Error switch
        {
            IcmpErrorKind.NetworkUnreachable => "Destination Net Unreachable",
            IcmpErrorKind.HostUnreachable => "Destination Host Unreachable",
            IcmpErrorKind.ProtocolUnreachable => "Destination Protocol Unreachable",
            IcmpErrorKind.PortUnreachable => "Destination Port Unreachable",
            IcmpErrorKind.PacketTooBig => "Frag needed and DF set",
            IcmpErrorKind.Prohibited => "Packet filtered",
            IcmpErrorKind.HopLimitExceeded => "Time to live exceeded",
            IcmpErrorKind.ReassemblyTimeExceeded => "Frag reassembly time exceeded",
            _ => "Parameter problem",
        },
    };

    private void PrintHeader()
    {
        if (!terminal.IsJson)
        {
            int packet = request.PayloadBytes + IcmpHeaderBytes + Ipv4HeaderBytes;
            terminal.Print(string.Create(
                CultureInfo.InvariantCulture, $"PING {request.Target} ({destination}) {request.PayloadBytes}({packet}) bytes of data."));
        }
    }

    private void PrintSummary()
    {
        PingStatistics all = _statistics;
        if (terminal.IsJson)
        {
            bool any = all.Received > 0;
            terminal.Print(
                new PingSummaryReport(
                    "statistics",
                    destination.ToString(),
                    all.Transmitted,
                    all.Received,
                    all.Errors,
                    all.LossPercent,
                    (long)_elapsed.Elapsed.TotalMilliseconds,
                    any ? all.MinMs : null,
                    any ? all.AverageMs : null,
                    any ? all.MaxMs : null,
                    any ? all.DeviationMs : null),
                CliJson.Default.PingSummaryReport);
            return;
        }

        foreach (string line in all.Describe(request.Target, _elapsed.Elapsed))
        {
            terminal.Print(line);
        }
    }
}
