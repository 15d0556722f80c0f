namespace NetStack.Cli.Verbs.Ping;

/// <summary>What <c>ping --json</c> prints for each reply or error.</summary>
/// <param name="Event"><c>reply</c>, <c>error</c> or <c>timeout</c>.</param>
/// <param name="Sequence">The number of the request, from 1 on.</param>
/// <param name="Source">Who answered or reports; null with a time-out.</param>
/// <param name="Bytes">The length of the ICMP message.</param>
/// <param name="Ttl">The reply's TTL.</param>
/// <param name="TimeMs">The round trip in milliseconds.</param>
/// <param name="Error">What is reported, or null.</param>
internal sealed record PingReplyReport(
    string Event, long Sequence, string? Source, int? Bytes, int? Ttl, double? TimeMs, string? Error);
