using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NetStack.Compare.Measuring;

namespace NetStack.Compare.World;

/// <summary>Runs the client program.</summary>
internal sealed class Client(string program, Core core)
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Beyond the time it was given: a client whose server is silent gives up by itself before that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Does a kind of work with a server.</summary>
    /// <exception cref="ComparisonException">An answer was wrong or did not come.</exception>
    public async Task<ClientReport> RunAsync(Server server, string work, double seconds, double warmUp, CancellationToken stop)
    {
        string[] command =
        [
            program, "--work", work, "--to", ContenderSet.ServerAddress,
            "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--warm-up", warmUp.ToString(CultureInfo.InvariantCulture),
            "--server", server.ProcessId.ToString(CultureInfo.InvariantCulture), "--core", core.Number.ToString(CultureInfo.InvariantCulture),
        ];
        using Process process = Process.Start(Shell.Describe(core.Pin(server.ClientSpace, command)))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(seconds + warmUp) + Patience);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            throw new ComparisonException($"{server.Contender.Name}: {work}: the client did not come to an end");
        }

        if (process.ExitCode != 0)
        {
            string line = (await errors.ConfigureAwait(false)).Trim();
            string state = server.HasEnded ? $"; the server has ended: {server.LastLine}" : "";
            throw new ComparisonException($"{server.Contender.Name}: {line}{state}");
        }

        return JsonSerializer.Deserialize<ClientReport>(await output.ConfigureAwait(false), Format)!;
    }
}
