namespace NetStack.Dns;

/// <summary>
/// Names one query on the wire, and with it the UDP port that was opened for it alone. Never used twice by one
/// resolver.
/// </summary>
/// <param name="Number">The number of the try, from 1 on.</param>
public readonly record struct DnsTryToken(long Number);
