namespace NetStack.Compare.Measuring;

/// <summary>A server program on a network stack.</summary>
/// <param name="Name">As in <c>--only</c>.</param>
/// <param name="Title">As in the tables.</param>
/// <param name="Family">Whose colour it has in the chart.</param>
/// <param name="Link">What joins it to the client.</param>
/// <param name="Program">The file that must be there; it is missing where it could not be built.</param>
/// <param name="Command">The command line.</param>
/// <param name="Serves">The kinds of work that it does.</param>
/// <param name="IsManaged">Whether it needs longer to get warm.</param>
internal sealed record Contender(
    string Name,
    string Title,
    Family Family,
    LinkKind Link,
    string Program,
    IReadOnlyList<string> Command,
    Func<Work, bool> Serves,
    bool IsManaged);
