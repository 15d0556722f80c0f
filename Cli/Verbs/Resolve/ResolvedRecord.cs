namespace NetStack.Cli.Verbs.Resolve;

/// <summary>A record of an answer.</summary>
/// <param name="Name">The name it stands at.</param>
/// <param name="Ttl">How long it may be kept, in seconds.</param>
/// <param name="Class">Its class, such as <c>IN</c>.</param>
/// <param name="Type">Its type, such as <c>A</c>.</param>
/// <param name="Data">Its data in presentation form.</param>
internal sealed record ResolvedRecord(string Name, uint Ttl, string Class, string Type, string Data);
