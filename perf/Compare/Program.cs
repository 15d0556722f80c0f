using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using NetStack.Compare;
using NetStack.Compare.Measuring;
using NetStack.Compare.Reports;
using NetStack.Compare.World;
using NetStack.Reports;

// Measures the stacks beside each other; perf/compare, which builds what takes part, says what for. Without --programs it
// only looks whether the arguments make sense, and prints which programs have to be built for them.
string[] contenderNames = [.. ContenderSet.All("").Select(contender => contender.Name)];
string[] workNames = [.. Work.All.Select(work => work.Name)];

Option<int> rounds = new("--rounds") { DefaultValueFactory = _ => 5, Description = "How often each is measured.", HelpName = "N" };
Option<double> seconds = new("--seconds") { DefaultValueFactory = _ => 2, Description = "How long a measurement takes.", HelpName = "S" };
Option<string[]> only = Arguments.Names("--only", "Who takes part.", contenderNames);
Option<string[]> works = Arguments.Names("--work", "What is measured.", workNames);
Option<string?> json = new("--json") { Description = "Write all samples to a file.", HelpName = "FILE" };
Option<string?> svg = new("--svg") { Description = "Write a chart of the ratios to a file.", HelpName = "FILE" };
Option<int> core = new("--cpu")
{
    DefaultValueFactory = _ => Environment.ProcessorCount - 1,
    Description = "The core that both ends are pinned to; the last by default.",
    HelpName = "N",
};
Option<string?> programs = new("--programs") { Hidden = true };
Arguments.Require(rounds, count => count is >= 1 and <= 1000, "a number of rounds from 1 to 1000");
Arguments.Require(seconds, time => time is >= 0.1 and <= 3600, "a time of 0.1 to 3600 seconds");
Arguments.Require(core, number => Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/sys/devices/system/cpu/cpu{number}")), "the number of a core of this machine");

RootCommand command = new("Compares TCP/IP stacks: the same work, the same client, one core, one run.") { rounds, seconds, only, works, json, svg, core, programs };
command.SetAction(async (arguments, _) =>
{
    ComparisonPlan plan = Plan(arguments);
    if (arguments.GetValue(programs) is not null)
    {
        return await RunAsync(plan, arguments).ConfigureAwait(false);
    }

    foreach (string program in plan.TakingPart.Select(contender => contender.Program).Distinct())
    {
        Console.WriteLine(program);
    }

    return 0;
});
ParseResult parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine($"compare: {parsed.Errors[0].Message}");
    return 2;
}

// Clearing away takes the time it takes.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

ComparisonPlan Plan(ParseResult arguments)
{
    string folder = arguments.GetValue(programs) ?? "";
    return new ComparisonPlan(
        [.. ContenderSet.All(folder).Where(contender => IsChosen(arguments.GetValue(only), contender.Name))],
        [.. Work.All.Where(work => IsChosen(arguments.GetValue(works), work.Name))],
        arguments.GetValue(rounds),
        arguments.GetValue(seconds),
        arguments.GetValue(core),
        folder);
}

async Task<int> RunAsync(ComparisonPlan plan, ParseResult arguments)
{
    using CancellationTokenSource stop = new();
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
    try
    {
        return await CompareAsync(plan, arguments, stop.Token).ConfigureAwait(false);
    }
    catch (OperationCanceledException)
    {
        Console.Error.WriteLine("compare: stopped; everything is cleared away");
        return 130;
    }
    catch (Exception exception) when (exception is ComparisonException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"compare: {exception.Message}");
        return 1;
    }

    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;

        // Not here: what then runs waits for the ends of processes, which this thread may have to tell.
        _ = stop.CancelAsync();
    }
}

async Task<int> CompareAsync(ComparisonPlan plan, ParseResult arguments, CancellationToken stop)
{
    NetworkSpace.Sweep();
    Comparison comparison = new(plan, Console.Error);
    await using (comparison.ConfigureAwait(false))
    {
        using Core pinned = new(plan.Core);
        await comparison.RunAsync(pinned, stop).ConfigureAwait(false);
    }

    Machine machine = Machine.Read();
    new ConsoleReport(plan, comparison.Samples).Print(machine);
    foreach (string problem in comparison.Problems)
    {
        Console.WriteLine($"problem: {problem}");
    }

    if (arguments.GetValue(json) is { } jsonPath)
    {
        JsonReport.Write(jsonPath, machine, plan, comparison.Samples, comparison.Problems);
    }

    if (arguments.GetValue(svg) is { } svgPath)
    {
        new RatioChart(plan, comparison.Samples).Write(svgPath, machine);
    }

    return comparison.Problems.Count == 0 ? 0 : 1;
}

static bool IsChosen(string[]? chosen, string name) => chosen is null || chosen.Length == 0 || chosen.Contains(name);
