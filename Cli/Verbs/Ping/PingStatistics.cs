using System.Globalization;

namespace NetStack.Cli.Verbs.Ping;

/// <summary>What a run of echo requests comes to.</summary>
internal sealed class PingStatistics
{
    private double _sumMs;
    private double _sumOfSquares;

    /// <summary>Requests sent.</summary>
    public long Transmitted { get; set; }

    /// <summary>Errors reported.</summary>
    public long Errors { get; set; }

    /// <summary>Replies.</summary>
    public long Received { get; private set; }

    /// <summary>The shortest round trip in milliseconds.</summary>
    public double MinMs { get; private set; } = double.MaxValue;

    /// <summary>The longest round trip in milliseconds.</summary>
    public double MaxMs { get; private set; }

    /// <summary>The mean round trip in milliseconds.</summary>
    public double AverageMs => Received == 0 ? 0 : _sumMs / Received;

    /// <summary>The standard deviation of the round trips in milliseconds.</summary>
    public double DeviationMs => Received == 0 ? 0 : Math.Sqrt(Math.Max(0, (_sumOfSquares / Received) - (AverageMs * AverageMs)));

    /// <summary>Requests without a reply, of 100.</summary>
    public double LossPercent => Transmitted == 0 ? 0 : 100.0 * (Transmitted - Received) / Transmitted;

    /// <summary>Counts a reply.</summary>
    public void Add(double roundTripMs)
    {
        Received++;
        _sumMs += roundTripMs;
        _sumOfSquares += roundTripMs * roundTripMs;
        MinMs = Math.Min(MinMs, roundTripMs);
        MaxMs = Math.Max(MaxMs, roundTripMs);
    }

    /// <summary>A round trip with as many digits as ping gives one of its size.</summary>
    public static string Format(double ms) => ms.ToString(
        ms switch { >= 99.95 => "0", >= 9.995 => "0.0", >= 0.9995 => "0.00", _ => "0.000" }, CultureInfo.InvariantCulture);

    /// <summary>The lines of the block at the end, as ping words them.</summary>
    public IEnumerable<string> Describe(string destination, TimeSpan elapsed)
    {
        yield return "";
        yield return $"--- {destination} ping statistics ---";
        string errors = Errors > 0 ? string.Create(CultureInfo.InvariantCulture, $", +{Errors} errors") : "";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{Transmitted} packets transmitted, {Received} received{errors}, {LossPercent:G6}% packet loss, time {(long)elapsed.TotalMilliseconds}ms");
        if (Received > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"rtt min/avg/max/mdev = {MinMs:0.000}/{AverageMs:0.000}/{MaxMs:0.000}/{DeviationMs:0.000} ms");
        }
    }
}
