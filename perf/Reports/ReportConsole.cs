using System.Globalization;
using Spectre.Console;

namespace NetStack.Reports;

/// <summary>Where reports are printed: tables are drawn on a terminal, and Markdown elsewhere.</summary>
internal sealed class ReportConsole : IDisposable
{
    /// <summary>Of a file's lines: no cell is broken.</summary>
    private const int FileColumns = 200;

    private readonly bool _draws = !Console.IsOutputRedirected;
    private readonly StringWriter _text = new(CultureInfo.InvariantCulture);
    private readonly IAnsiConsole _console;

    public ReportConsole()
    {
        bool hasColours = _draws && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = hasColours ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = hasColours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(_draws ? Console.Out : _text),
        });
        if (!_draws)
        {
            _console.Profile.Width = FileColumns;
        }
    }

    /// <summary>Prints a line.</summary>
    public void Print(string line) => _console.WriteLine(line);

    /// <summary>Prints a table below its title.</summary>
    /// <param name="title">The title.</param>
    /// <param name="table">The table.</param>
    /// <param name="isFirst">Whether no table stands above it: a Markdown table ends with an empty line of its own.</param>
    public void Print(string title, Table table, bool isFirst)
    {
        if (_draws || isFirst)
        {
            _console.WriteLine();
        }

        _console.Write(new Text(title, new Style(decoration: Decoration.Bold)));
        _console.WriteLine();
        table.Border = _draws ? TableBorder.Rounded : TableBorder.Markdown;
        _console.Write(table);
    }

    /// <summary>Puts out what is held back, without stray blanks.</summary>
    public void Dispose()
    {
        foreach (string line in _text.ToString().TrimEnd().Split('\n').Where(_ => !_draws))
        {
            Console.WriteLine(line.TrimEnd());
        }

        _text.Dispose();
    }
}
