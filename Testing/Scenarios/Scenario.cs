using System.Diagnostics.CodeAnalysis;
using NetStack.Ethernet;

namespace NetStack.Testing;

/// <summary>
/// Runs a simulation from its seed. Nothing is recorded as long as all is well. One that fails is run again, the same to
/// the bit, with every frame recorded.
/// </summary>
public static class Scenario
{
    /// <summary>Runs a scenario.</summary>
    /// <param name="name">Names it in messages and in the file of its frames.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="play">Builds the network, runs it and throws where something is wrong.</param>
    /// <returns>What <paramref name="play"/> returned.</returns>
    /// <exception cref="ScenarioFailedException">It threw. The message tells the seed, the conditions and the path of the frames.</exception>
    public static T Run<T>(string name, ulong seed, Func<Simulation, T> play)
    {
        ArgumentNullException.ThrowIfNull(play);
        if (TryPlay(new Simulation(seed), play, out T? result, out Exception? failure, out string description))
        {
            return result;
        }

        throw new ScenarioFailedException(
            $"{name} failed: {failure.Message}{Environment.NewLine}{description}{Environment.NewLine}{Record(name, seed, play, failure)}",
            failure);
    }

    /// <summary>Runs a scenario without a result.</summary>
    public static void Run(string name, ulong seed, Action<Simulation> play) => Run(name, seed, simulation =>
    {
        play(simulation);
        return true;
    });

    private static string Record<T>(string name, ulong seed, Func<Simulation, T> play, Exception first)
    {
        string path = CaptureFolder.PathOf(name, seed);
        Directory.CreateDirectory(CaptureFolder.Path);
        using CaptureSink sink = new(File.Create(path));
        bool isWell = TryPlay(new Simulation(seed, sink), play, out _, out Exception? second, out _);
        return isWell || second!.Message != first.Message
            ? $"A second run differs, so the scenario is not deterministic ({second?.Message ?? "it was well"}). Its frames: {path}"
            : $"Its frames: {path}";
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever goes wrong is reported with the seed.")]
    private static bool TryPlay<T>(
        Simulation simulation,
        Func<Simulation, T> play,
        [MaybeNullWhen(false)] out T result,
        [NotNullWhen(false)] out Exception? failure,
        out string description)
    {
        try
        {
            result = play(simulation);
            failure = null;
            description = "";
            return true;
        }
        catch (Exception exception)
        {
            result = default;
            failure = exception;
            description = simulation.Describe();
            return false;
        }
    }
}
