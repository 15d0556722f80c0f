using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace NetStack.Peers;

/// <summary>A program that was started and goes on running. Disposal ends it, by force where it must.</summary>
public sealed partial class RunningProcess : IDisposable
{
    private const int Terminate = 15;
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts a program.</summary>
    /// <param name="fileName">The program.</param>
    /// <param name="arguments">Its arguments, unquoted.</param>
    /// <param name="environment">Variables to set, or to remove where null, beside the inherited ones.</param>
    /// <exception cref="PeerException">It could not be started.</exception>
    public RunningProcess(string fileName, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        ProcessStartInfo start = new(fileName, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        Command = string.Join(' ', start.ArgumentList.Prepend(fileName));
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        try
        {
            _process.Start();
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            _process.Dispose();
            throw new PeerException($"\"{Command}\" could not be started: {failure.Message}");
        }

        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The command line, for messages.</summary>
    public string Command { get; }

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its standard input.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <summary>What it has written to standard output so far.</summary>
    public string Output => Read(_output);

    /// <summary>What it has written to standard error so far.</summary>
    public string Error => Read(_error);

    /// <summary>Waits until a line of its output, standard or error, matches an expression.</summary>
    /// <returns>The match.</returns>
    /// <exception cref="PeerException">It ended, or time was up, before such a line came.</exception>
    public async Task<Match> WaitForLineAsync(string pattern, TimeSpan timeout)
    {
        using CancellationTokenSource limit = new(timeout);
        Regex expression = new(pattern, RegexOptions.Multiline | RegexOptions.CultureInvariant);
        while (true)
        {
            Task changed = Changed();
            bool hasExited = _process.HasExited;
            if (hasExited)
            {
                // Until the readers have seen the end, too: what the program wrote last may still be on its way.
                await Task.WhenAny(_process.WaitForExitAsync(limit.Token)).ConfigureAwait(false);
            }

            Match match = expression.Match(Output);
            match = match.Success ? match : expression.Match(Error);
            if (match.Success)
            {
                return match;
            }

            if (hasExited || limit.IsCancellationRequested)
            {
                throw new PeerException(
                    $"\"{Command}\" {(hasExited ? $"exited with {_process.ExitCode}" : $"ran for {timeout}")} without a line like \"{pattern}\".\n{Error}{Output}");
            }

            await Task.WhenAny(changed, _process.WaitForExitAsync(limit.Token)).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until it ends by itself.</summary>
    /// <exception cref="PeerException">Time was up; it has been killed.</exception>
    public async Task<ProcessOutcome> WaitAsync(TimeSpan timeout)
    {
        using CancellationTokenSource limit = new(timeout);
        try
        {
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill();
            throw new PeerException($"\"{Command}\" did not end within {timeout}.\n{Error}{Output}");
        }

        return new ProcessOutcome(Command, _process.ExitCode, Output, Error);
    }

    /// <summary>Asks it to end (SIGTERM), as an administrator would, and waits.</summary>
    /// <exception cref="PeerException">It did not end in time; it has been killed.</exception>
    public Task<ProcessOutcome> StopAsync() => SignalAsync(Terminate);

    /// <summary>Sends a signal and waits for the end.</summary>
    /// <param name="signal">The signal's number: 2 is Ctrl-C's, 15 asks to end.</param>
    /// <exception cref="PeerException">It did not end in time; it has been killed.</exception>
    public Task<ProcessOutcome> SignalAsync(int signal)
    {
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, signal);
        }

        return WaitAsync(StopPatience);
    }

    /// <summary>Ends it by force where it still runs.</summary>
    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    private void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
    }

    private void Append(StringBuilder text, string? line)
    {
        lock (_lock)
        {
            if (line is not null)
            {
                text.Append(line).Append('\n');
            }

            TaskCompletionSource changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.TrySetResult();
        }
    }

    private string Read(StringBuilder text)
    {
        lock (_lock)
        {
            return text.ToString();
        }
    }

    private Task Changed()
    {
        lock (_lock)
        {
            return _changed.Task;
        }
    }
}
