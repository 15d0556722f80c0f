namespace NetStack.Cli.Verbs.Get;

/// <summary>What <c>get --json</c> prints.</summary>
/// <param name="Url">The address fetched, after redirects.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">The type of the body, or null.</param>
/// <param name="Bytes">The length of the body.</param>
/// <param name="Seconds">The time from the request to the last byte.</param>
/// <param name="File">The file it was written to; null where it was only counted.</param>
internal sealed record GetReport(string Url, int Status, string? ContentType, long Bytes, double Seconds, string? File);
