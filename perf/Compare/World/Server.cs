using System.Diagnostics;
using NetStack.Compare.Measuring;

namespace NetStack.Compare.World;

/// <summary>A contender that runs, in namespaces of its own.</summary>
internal sealed class Server : IAsyncDisposable
{
    private const int KeptLines = 20;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly NetworkSpace _space;
    private readonly Process _process;
    private readonly Queue<string> _lines = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Server(Contender contender, NetworkSpace space, Process process)
    {
        Contender = contender;
        _space = space;
        _process = process;
    }

    public Contender Contender { get; }

    /// <summary>The namespace of its client.</summary>
    public string ClientSpace => _space.Client;

    public int ProcessId => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>What it wrote last.</summary>
    public string LastLine
    {
        get
        {
            lock (_lines)
            {
                return _lines.LastOrDefault() ?? "it wrote nothing";
            }
        }
    }

    /// <summary>Makes its namespaces, starts it, and waits until it says that it is ready.</summary>
    /// <exception cref="ComparisonException">It did not get that far.</exception>
    public static async Task<Server> StartAsync(Contender contender, Core core, CancellationToken stop)
    {
        NetworkSpace space = NetworkSpace.Make(contender.Name, contender.Link);
        Process process;
        try
        {
            ProcessStartInfo start = Shell.Describe(core.Pin(space.Server, contender.Command));

            // On one busy core the JIT's profiles come too late to help within a run.
            start.Environment["DOTNET_TieredPGO"] = "0";
            process = Process.Start(start)!;
        }
        catch
        {
            space.Dispose();
            throw;
        }

        Server server = new(contender, space, process);
        try
        {
            await server.AwaitReadyAsync(stop).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends it and removes its namespaces.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Core.Terminate(_process.Id);
            using CancellationTokenSource limit = new(StopLimit);
            try
            {
                await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
                await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }

        _process.Dispose();
        _space.Dispose();
    }

    private async Task AwaitReadyAsync(CancellationToken stop)
    {
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Task ended = _process.WaitForExitAsync(stop);
        Task first = await Task.WhenAny(_ready.Task, ended, Task.Delay(StartLimit, stop)).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        if (first != _ready.Task)
        {
            throw new ComparisonException(
                $"{Contender.Name}: the server {(first == ended ? "ended" : $"was not ready within {StartLimit.TotalSeconds} s")}: {LastLine}");
        }
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(line.Trim());
            if (_lines.Count > KeptLines)
            {
                _lines.Dequeue();
            }
        }

        if (line.StartsWith("ready", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    }
}
