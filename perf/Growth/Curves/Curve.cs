namespace NetStack.Growth.Curves;

/// <summary>A chart: what something costs, by how much there is of what.</summary>
/// <param name="Name">The name of its files.</param>
/// <param name="Title">What is measured.</param>
/// <param name="Place">What grows from left to right.</param>
/// <param name="Unit">What is measured in.</param>
/// <param name="Series">The lines.</param>
/// <param name="IsLogarithmic">Whether the values are drawn by their orders of magnitude.</param>
/// <param name="Clock">The time that counts.</param>
internal sealed record Curve(
    string Name,
    string Title,
    string Place,
    string Unit,
    IReadOnlyList<Series> Series,
    bool IsLogarithmic = false,
    string Clock = "processor time of one thread");
