using System.Globalization;
using System.Runtime.InteropServices;

namespace NetStack.Reports;

/// <summary>What was measured on, and when.</summary>
internal sealed record Machine(string Processor, int Cores, string Kernel, string Runtime, string Date)
{
    private const string ProcessorFile = "/proc/cpuinfo";
    private const string KernelFile = "/proc/sys/kernel/osrelease";

    public static Machine Read() => new(
        File.ReadLines(ProcessorFile).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown processor",
        Environment.ProcessorCount,
        File.ReadAllText(KernelFile).Trim(),
        RuntimeInformation.FrameworkDescription,
        DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));

    public override string ToString() => $"{Processor}, {Cores} cores; Linux {Kernel}; {Runtime}; {Date} UTC";
}
