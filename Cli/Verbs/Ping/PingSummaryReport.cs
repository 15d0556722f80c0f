namespace NetStack.Cli.Verbs.Ping;

/// <summary>What <c>ping --json</c> prints at its end.</summary>
/// <param name="Event"><c>statistics</c>.</param>
/// <param name="Destination">Who was asked.</param>
/// <param name="Transmitted">Requests.</param>
/// <param name="Received">Replies.</param>
/// <param name="Errors">Errors reported.</param>
/// <param name="LossPercent">Requests without a reply, of 100.</param>
/// <param name="TimeMs">From the first request to the end, in milliseconds.</param>
/// <param name="MinMs">The shortest round trip; null without replies, like the others.</param>
/// <param name="AvgMs">The mean round trip.</param>
/// <param name="MaxMs">The longest round trip.</param>
/// <param name="MdevMs">The standard deviation of the round trips.</param>
internal sealed record PingSummaryReport(
    string Event,
    string Destination,
    long Transmitted,
    long Received,
    long Errors,
    double LossPercent,
    long TimeMs,
    double? MinMs,
    double? AvgMs,
    double? MaxMs,
    double? MdevMs);
