using System.Globalization;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>What we read from a file is what capinfos reads from it.</summary>
public sealed class ReaderAgainstCapinfosTests
{
    [Fact]
    public void Reads_as_many_packets_and_bytes_and_the_same_first_and_last_times()
    {
        string[] captures = [.. Captures.Judged, .. Captures.All
            .Where(name => Path.GetFileName(name).StartsWith("time_", StringComparison.Ordinal))];
        Judge.Verdict verdict = Judge.Run("capinfos", ["-T", "-M", "-r", "-S", "-c", "-d", "-a", "-e", .. captures.Select(Captures.PathOf)]);
        string[] rows = verdict.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.True(rows.Length == captures.Length, verdict.Diagnostics);
        for (int index = 0; index < captures.Length; index++)
        {
            string[] fields = rows[index].Split('\t');
            Assert.Equal(Captures.PathOf(captures[index]), fields[0]);
            Assert.Equal(
                (captures[index], fields[1], fields[2], Seconds(fields[3]), Seconds(fields[4])),
                Summarize(captures[index], fields[3]));
        }
    }

    private static string Seconds(string seconds) =>
        seconds == "n/a" ? seconds : decimal.Parse(seconds, CultureInfo.InvariantCulture).ToString("0.000000000", CultureInfo.InvariantCulture);

    private static (string, string, string, string, string) Summarize(string capture, string printedTime)
    {
        using var reader = CaptureReader.Open(Captures.PathOf(capture));
        long packets = 0, bytes = 0, first = long.MaxValue, last = long.MinValue;
        while (reader.TryRead(out CaptureRecord record))
        {
            packets++;
            bytes += record.OriginalLength;
            first = Math.Min(first, record.TimestampNanoseconds);
            last = Math.Max(last, record.TimestampNanoseconds);
        }

        // capinfos prints as many digits as the file keeps.
        int digits = printedTime.Contains('.') ? printedTime.Length - printedTime.IndexOf('.') - 1 : 0;
        string Text(long time) => packets == 0 ? "n/a" : decimal.Round(time / 1e9m, digits, MidpointRounding.ToZero)
            .ToString("0.000000000", CultureInfo.InvariantCulture);
        return (capture, $"{packets}", $"{bytes}", Text(first), Text(last));
    }
}
