using System.Globalization;
using NetStack.Compare.Measuring;
using NetStack.Compare.World;

namespace NetStack.Compare;

/// <summary>
/// Measures: every server is up from the beginning, idle but for its turn, and in each round every kind of work is done
/// with one after the other, so that what is compared lies side by side in time.
/// </summary>
internal sealed class Comparison(ComparisonPlan plan, TextWriter progress) : IAsyncDisposable
{
    /// <summary>Before each measurement, for the connection's windows.</summary>
    private const double WarmUpSeconds = 0.3;

    /// <summary>Once before the first round, for each kind of work.</summary>
    private const double FirstWarmUpSeconds = 1;
    private const double ManagedWarmUpSeconds = 2.5;

    /// <summary>Of the core to others: what exceeds it is measured again.</summary>
    private const double DisturbedShare = 0.08;
    private const int MostAttempts = 3;

    private readonly List<Server> _servers = [];
    private readonly List<string> _problems = [];

    public SampleSet Samples { get; } = new();

    /// <summary>What went wrong, a line each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Measures until all rounds are done. What cannot be measured is a problem, not the end.</summary>
    public async Task RunAsync(Core core, CancellationToken stop)
    {
        Client client = new(Path.Combine(plan.Programs, "client"), core);
        await StartAllAsync(core, stop).ConfigureAwait(false);
        foreach (Server server in _servers.ToArray())
        {
            await WarmUpAsync(server, client, stop).ConfigureAwait(false);
        }

        for (int round = 1; round <= plan.Rounds; round++)
        {
            foreach (Work work in plan.Works)
            {
                progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round} of {plan.Rounds}: {work.Title}"));

                // Forth and back: a drift of the machine within a round goes both ways.
                IEnumerable<Server> inTurn = round % 2 == 1 ? _servers : _servers.AsEnumerable().Reverse();
                foreach (Server server in inTurn.Where(server => server.Contender.Serves(work)))
                {
                    Samples.Add(await MeasureAsync(server, client, work, round, stop).ConfigureAwait(false));
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Server server in _servers)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }

        _servers.Clear();
    }

    private async Task StartAllAsync(Core core, CancellationToken stop)
    {
        foreach (Contender contender in plan.TakingPart)
        {
            if (!File.Exists(contender.Program))
            {
                Report($"{contender.Name}: not built, so not measured; see the lines of the build");
                continue;
            }

            try
            {
                progress.WriteLine($"starting {contender.Title}");
                _servers.Add(await Server.StartAsync(contender, core, stop).ConfigureAwait(false));
            }
            catch (ComparisonException exception)
            {
                Report($"{exception.Message}; not measured");
            }
        }
    }

    /// <summary>Has a server show that it is right, and get warm.</summary>
    private async Task WarmUpAsync(Server server, Client client, CancellationToken stop)
    {
        Contender contender = server.Contender;
        progress.WriteLine($"warming up {contender.Title}");
        try
        {
            if (plan.Works.Any(work => contender.Serves(work) && !work.IsPages && !work.IsOfDevice))
            {
                await client.RunAsync(server, "check", 0, 0, stop).ConfigureAwait(false);
            }

            double warmUp = contender.IsManaged ? ManagedWarmUpSeconds : FirstWarmUpSeconds;
            foreach (Work work in plan.Works.Where(contender.Serves))
            {
                await client.RunAsync(server, work.Name, warmUp, 0, stop).ConfigureAwait(false);
            }
        }
        catch (ComparisonException exception)
        {
            // It may do better at other work: the rounds tell.
            Report(exception.Message);
        }
    }

    private async Task<Sample> MeasureAsync(Server server, Client client, Work work, int round, CancellationToken stop)
    {
        ClientReport? best = null;
        try
        {
            for (int attempt = 0; attempt < MostAttempts && !(best?.OthersShare <= DisturbedShare); attempt++)
            {
                ClientReport report = await client.RunAsync(server, work.Name, plan.Seconds, WarmUpSeconds, stop).ConfigureAwait(false);
                best = best is null || report.OthersShare < best.OthersShare ? report : best;
            }

            return new Sample(server.Contender.Name, work.Name, round, work.Value(best!), null, best);
        }
        catch (ComparisonException exception)
        {
            Report(exception.Message);
            return new Sample(server.Contender.Name, work.Name, round, null, exception.Message, null);
        }
    }

    private void Report(string problem)
    {
        if (!_problems.Contains(problem))
        {
            _problems.Add(problem);
            progress.WriteLine($"compare: {problem}");
        }
    }
}
