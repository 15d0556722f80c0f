using System.Globalization;
using System.Text;

namespace SocketScenarios;

/// <summary>What happened in a scenario, in words that do not depend on whose sockets they were.</summary>
public sealed class Transcript
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _text = new();

    public override string ToString() => _text.ToString();

    public void Note(string what, object? value) =>
        _text.Append(what).Append(": ").AppendLine(Convert.ToString(value, CultureInfo.InvariantCulture));

    /// <summary>Notes what a call returns or throws.</summary>
    public void Try(string what, Func<object?> call)
    {
        try
        {
            Note(what, call());
        }
        catch (Exception exception)
        {
            Note(what, Describe(exception));
        }
    }

    /// <summary>Notes what a call throws.</summary>
    public void Try(string what, Action call) => Try(what, () =>
    {
        call();
        return "done";
    });

    /// <summary>Notes what an operation returns or throws.</summary>
    public async Task TryAsync<T>(string what, Func<Task<T>> operation)
    {
        try
        {
            Note(what, await operation().WaitAsync(Patience));
        }
        catch (Exception exception)
        {
            Note(what, Describe(exception));
        }
    }

    /// <summary>Notes what an operation throws.</summary>
    public Task TryAsync(string what, Func<Task> operation) => TryAsync(what, async () =>
    {
        await operation();
        return "done";
    });

    private static string Describe(Exception exception)
    {
        string text = exception is OperationCanceledException ? nameof(OperationCanceledException) : exception.GetType().Name;
        if (exception is SocketException socket)
        {
            text += " " + socket.SocketErrorCode;
        }

        return exception.InnerException is { } inner ? text + " of " + Describe(inner) : text;
    }
}
