namespace NetStack.Cli.Verbs.Doctor;

/// <summary>A TAP that exists.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Owner">The user who may open it without further rights; null where that is nobody.</param>
/// <param name="IsUp">Whether it is up.</param>
internal sealed record TapInterface(string Name, uint? Owner, bool IsUp);
