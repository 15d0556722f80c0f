using System.CommandLine;
using NetStack.Cli.Output;

namespace NetStack.Cli.Verbs.Doctor;

/// <summary><c>netstack doctor</c>: whether this machine lets a stack have a device, and what to type where not.</summary>
internal static class DoctorVerb
{
    public static Command Build(OutputOptionSet output)
    {
        Command verb = new("doctor", "Check rights, /dev/net/tun, TAPs and Xen nodes, and say what to type. Exits 3 where no TAP can be opened.");
        verb.SetAction(parsed => Run(new Machine("/"), output.Open(parsed)));
        return verb;
    }

    private static int Run(Machine machine, Terminal terminal)
    {
        DoctorReport report = Examination.Of(machine);
        if (terminal.IsJson)
        {
            terminal.Print(report, CliJson.Default.DoctorReport);
            return report.IsReady ? ExitCode.Done : ExitCode.Missing;
        }

        ReportTable table = new("what", "verdict", "found", "what to type");
        foreach (Finding finding in report.Findings)
        {
            table.Add(finding.Subject, finding.Verdict, finding.Detail, finding.Remedy ?? "");
        }

        terminal.Print(table);
        terminal.Print("");
        terminal.Print(report.IsReady ? "A TAP can be opened. To try it:" : "No TAP can be opened yet. Type:");
        foreach (string line in report.Next)
        {
            terminal.Print($"  {line}");
        }

        return report.IsReady ? ExitCode.Done : ExitCode.Missing;
    }
}
