using Spectre.Console;

namespace NetStack.Cli.Output;

/// <summary>Rows of text under headings. A heading that begins with <c>#</c> stands over numbers, which are set to the right.</summary>
/// <param name="headings">The headings.</param>
internal sealed class ReportTable(params string[] headings)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Whether there are no rows.</summary>
    public bool IsEmpty => _rows.Count == 0;

    public void Add(params string[] cells) => _rows.Add(cells);

    public void WriteTo(TextWriter output, bool draw)
    {
        if (draw)
        {
            Draw(output);
            return;
        }

        string[] titles = [.. headings.Select(TitleOf)];
        int[] widths = [.. titles.Select((title, i) => _rows.Select(row => row[i].Length).Append(title.Length).Max())];
        foreach (string[] row in _rows.Prepend(titles))
        {
            IEnumerable<string> cells = row.Select((cell, i) => IsNumber(headings[i]) ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    private void Draw(TextWriter output)
    {
        Table table = new() { Border = TableBorder.Rounded };
        foreach (string heading in headings)
        {
            TableColumn column = new(new Text(TitleOf(heading)));
            table.AddColumn(IsNumber(heading) ? column.RightAligned() : column);
        }

        foreach (string[] row in _rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Write(table);
    }

    private static bool IsNumber(string heading) => heading.StartsWith('#');

    private static string TitleOf(string heading) => heading.TrimStart('#');
}
