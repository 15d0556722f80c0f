namespace NetStack.Cli.Verbs.Ping;

/// <summary>What to ask, how often.</summary>
/// <param name="Target">The destination as the user wrote it.</param>
/// <param name="Count">The number of requests; null for no end.</param>
/// <param name="Interval">The time between two requests.</param>
/// <param name="PayloadBytes">The data of a request, in bytes.</param>
/// <param name="Timeout">How long a reply is waited for.</param>
internal sealed record PingRequest(string Target, long? Count, TimeSpan Interval, int PayloadBytes, TimeSpan Timeout);
