using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>Runs the programs of Wireshark, which say what a capture holds.</summary>
internal static class Judge
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(60);

    /// <summary>What the program printed on standard output and standard error.</summary>
    public readonly record struct Verdict(string Output, string Diagnostics, int ExitCode);

    public static Verdict Run(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            Environment = { ["LC_ALL"] = "C.UTF-8", ["TZ"] = "UTC" },
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> diagnostics = process.StandardError.ReadToEndAsync();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(LongestRun))
            {
                process.Kill();
                throw new TimeoutException($"{program} did not end within {LongestRun.TotalSeconds} s");
            }

            return new Verdict(output.Result, diagnostics.Result, process.ExitCode);
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException(
                $"{program} is not installed, and this test asks it: apt-get install tshark", missing);
        }
    }

    /// <summary>The bytes of a frame as tshark tells them in <c>frame.md5_hash</c>.</summary>
    [SuppressMessage("Security", "CA5351:Do Not Use Broken Cryptographic Algorithms", Justification = "tshark offers no other; nothing is kept secret.")]
    public static string Hash(ReadOnlySpan<byte> frame) => Convert.ToHexStringLower(MD5.HashData(frame));

    /// <summary>One row a packet, of the named fields.</summary>
    public static string[][] Fields(string path, params IEnumerable<string> fields)
    {
        List<string> arguments = ["-n", "-r", path, "-o", "frame.generate_md5_hash:TRUE", "-T", "fields", "-E", "separator=|"];
        foreach (string field in fields)
        {
            arguments.AddRange(["-e", field]);
        }

        Verdict verdict = Run("tshark", arguments);
        Assert.True(verdict.ExitCode == 0, $"tshark refused {path}: {verdict.Diagnostics}");
        return [.. verdict.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split('|'))];
    }
}
