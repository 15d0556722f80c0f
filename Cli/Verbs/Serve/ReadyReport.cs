namespace NetStack.Cli.Verbs.Serve;

/// <summary>What <c>serve --json</c> prints for each device when it can answer.</summary>
/// <param name="Event"><c>ready</c>.</param>
/// <param name="Name">The device.</param>
/// <param name="Address">Its first address.</param>
internal sealed record ReadyReport(string Event, string Name, string Address);
