using System.CommandLine;
using NetStack.Cli;
using NetStack.Growth;
using NetStack.Growth.Curves;
using NetStack.Growth.Reports;
using NetStack.Growth.Sweeps;
using NetStack.Reports;

// Measures how the cost of a packet grows with what a host has to remember, and with what comes.
(string Name, Func<Meter, IEnumerable<Curve>> Measure)[] sweeps =
[
    ("connections", ConnectionSweep.Measure),
    ("flows", DatagramSweep.MeasureFlows),
    ("sockets", DatagramSweep.MeasureSockets),
    ("listeners", TableSweep.MeasureListeners),
    ("timers", TableSweep.MeasureTimers),
    ("routes", TableSweep.MeasureRoutes),
    ("sizes", DatagramSweep.MeasureSizes),
    ("loss", LossSweep.Measure),
];
string[] names = [.. sweeps.Select(sweep => sweep.Name)];

Option<string[]> only = Arguments.Names("--only", "What is measured.", names);
Option<int> rounds = new("--rounds") { DefaultValueFactory = _ => 5, Description = "How often each point is measured.", HelpName = "N" };
Option<double> seconds = new("--seconds") { DefaultValueFactory = _ => 0.1, Description = "How long a round takes.", HelpName = "S" };
Option<int> largest = new("--largest") { DefaultValueFactory = _ => 1_000_000, Description = "The most connections, timers and so on.", HelpName = "N" };
Option<string?> folder = new("--out") { Description = "Write each curve as SVG and its numbers as JSON to a folder.", HelpName = "DIR" };
Arguments.Require(rounds, count => count is >= 1 and <= 1000, "a number of rounds from 1 to 1000");
Arguments.Require(seconds, time => time is >= 0.001 and <= 60, "a time of 0.001 to 60 seconds");
Arguments.Require(largest, count => count is >= 1 and <= 1_000_000, "a number from 1 to 1000000");

RootCommand command = new("Measures how the cost of a packet grows: with connections, flows, timers, routes, sizes and loss.") { only, rounds, seconds, largest, folder };
command.SetAction(Run);
ParseResult parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine($"growth: {parsed.Errors[0].Message}");
    return 2;
}

return parsed.Invoke();

int Run(ParseResult arguments)
{
    GrowthPlan plan = new(arguments.GetValue(rounds), arguments.GetValue(seconds), arguments.GetValue(largest));
    try
    {
        if (arguments.GetValue(folder) is { } path)
        {
            Directory.CreateDirectory(path);
        }

        Measure(plan, arguments.GetValue(only) ?? [], arguments.GetValue(folder));
        return 0;
    }
    catch (Exception exception) when (exception is CommandFailure or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"growth: {exception.Message}");
        return 1;
    }
}

void Measure(GrowthPlan plan, string[] chosen, string? path)
{
    Meter meter = new(plan, Console.Error);
    List<Curve> curves =
    [
        .. sweeps.Where(sweep => chosen.Length == 0 || chosen.Contains(sweep.Name)).SelectMany(sweep => sweep.Measure(meter)),
    ];
    Machine machine = Machine.Read();
    CurveReport.Print(machine, plan, curves);
    foreach (Curve curve in curves.Where(_ => path is not null))
    {
        CurveFile.Write(Path.Combine(path!, curve.Name + ".json"), machine, plan, curve);
        new CurveChart(curve).Write(Path.Combine(path!, curve.Name + ".svg"), machine);
    }
}
