namespace NetStack.Cli.Verbs.Serve;

/// <summary>A device of a running stack.</summary>
/// <param name="Name">Its name, such as <c>tap:tap0</c>.</param>
/// <param name="Addresses">Its addresses, each with its prefix length.</param>
internal sealed record DeviceReport(string Name, IReadOnlyList<string> Addresses);
