using System.CommandLine;
using NetStack.Cli.Output;
using NetStack.Drivers.Pcap.Inspection;

namespace NetStack.Cli.Verbs.Inspect;

/// <summary><c>netstack inspect</c>: what a capture file holds.</summary>
internal static class InspectVerb
{
    public static Command Build(OutputOptionSet output)
    {
        Argument<string> file = new("FILE") { Description = "A pcap or pcapng file." };
        Command verb = new("inspect", "Count what a capture holds: flows, protocols, checksums, drops by reason.") { file };
        verb.SetAction(parsed => Run(parsed.GetRequiredValue(file), output.Open(parsed)));
        return verb;
    }

    private static int Run(string path, Terminal terminal)
    {
        CaptureInspection inspection = Read(path);
        if (terminal.IsJson)
        {
            terminal.Print(inspection, CliJson.Default.CaptureInspection);
        }
        else
        {
            InspectionText.Print(inspection, path, terminal);
        }

        return inspection.Error is null
            ? ExitCode.Done
            : throw CommandFailure.Usage($"inspect {path}: {inspection.Error}; what stands before it is counted.");
    }

    private static CaptureInspection Read(string path)
    {
        if (!File.Exists(path))
        {
            throw CommandFailure.Failed($"inspect {path}: {(Directory.Exists(path) ? "this is a folder" : "there is no such file")}; give a pcap or pcapng file.");
        }

        try
        {
            return CaptureInspection.Of(path);
        }
        catch (Drivers.Pcap.CaptureFormatException exception)
        {
            throw CommandFailure.Usage($"inspect {path}: {exception.Message}");
        }
        catch (UnauthorizedAccessException)
        {
            throw CommandFailure.Missing($"inspect {path}: this user may not read the file; run as one who may.");
        }
    }
}
