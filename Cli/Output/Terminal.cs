using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NetStack.Cli.Output;

/// <summary>Results on standard output, diagnostics on standard error. May be called from any thread.</summary>
/// <param name="output">Standard output.</param>
/// <param name="error">Standard error.</param>
/// <param name="isJson">Whether results are printed as JSON.</param>
/// <param name="isVerbose">Whether details are told.</param>
/// <param name="isQuiet">Whether notes are kept back.</param>
internal sealed class Terminal(TextWriter output, TextWriter error, bool isJson, bool isVerbose, bool isQuiet)
{
    private readonly Lock _lock = new();

    /// <summary>Whether results are printed as JSON.</summary>
    public bool IsJson => isJson;

    /// <summary>Whether tables may be drawn: to a person at a terminal who has not declined.</summary>
    public static bool MayDraw =>
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public static Terminal Open(bool isJson, bool isVerbose, bool isQuiet)
    {
        // Lines leave together at the end of each call: a script that reads them is not kept waiting.
        StreamWriter output = new(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = false };
        return new Terminal(output, Console.Error, isJson, isVerbose, isQuiet);
    }

    /// <summary>Prints a line of the result.</summary>
    public void Print(string line)
    {
        lock (_lock)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }

    /// <summary>Prints an object of the result on one line.</summary>
    public void Print<T>(T value, JsonTypeInfo<T> type) => Print(JsonSerializer.Serialize(value, type));

    /// <summary>Prints rows under headings: drawn for a person, aligned by spaces for a program.</summary>
    public void Print(ReportTable table)
    {
        lock (_lock)
        {
            table.WriteTo(output, MayDraw);
            output.Flush();
        }
    }

    /// <summary>Tells what the user has to know, quiet or not.</summary>
    public void Warn(string message) => Tell(message);

    /// <summary>Tells what the user may like to know.</summary>
    public void Note(string message)
    {
        if (!isQuiet)
        {
            Tell(message);
        }
    }

    /// <summary>Tells what only <c>--verbose</c> asks for.</summary>
    public void Detail(string message)
    {
        if (isVerbose)
        {
            Tell(message);
        }
    }

    private void Tell(string message)
    {
        lock (_lock)
        {
            error.WriteLine($"netstack: {message}");
            error.Flush();
        }
    }
}
