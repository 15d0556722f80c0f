using System.Globalization;
using NetStack.IP;
using NetStack.Peers;

namespace NetStack.Differential.Tests;

/// <summary>Plays the programs once, for all tests.</summary>
public sealed class DifferentialRun : IAsyncLifetime
{
    /// <summary>How many programs are played, and the seed of the first.</summary>
    public const string CountVariable = "NETSTACK_DIFFERENTIAL_PROGRAMS";

    /// <inheritdoc cref="CountVariable"/>
    public const string FirstVariable = "NETSTACK_DIFFERENTIAL_FIRST";

    private const int UsualCount = 8000;
    private const ushort PeerPort = 5000;
    private const int FirstPort = 1024;

    /// <summary>A connection of a program may stay in TIME-WAIT for long after it: each has a port of its own.</summary>
    private const int ProgramsPerNamespace = 60_000;

    /// <summary>What shows only now and then depends on the clock: the kernel was held up, and a timer of its expired.</summary>
    private const int Tries = 3;

    private static readonly OptionSet[] _optionSets =
    [
        new(Timestamps: false, WindowScale: false, Sack: false),
        new(Timestamps: true, WindowScale: false, Sack: false),
        new(Timestamps: false, WindowScale: true, Sack: false),
        new(Timestamps: false, WindowScale: false, Sack: true),
        new(Timestamps: true, WindowScale: true, Sack: true),
    ];

    /// <summary>Whether the usual programs were played.</summary>
    public bool IsUsual { get; private set; }

    /// <summary>The programs that were played.</summary>
    public int Programs { get; private set; }

    /// <summary>The events that were compared, and those there were.</summary>
    public (long Compared, long All) Steps { get; private set; }

    /// <summary>The programs whose disagreement did not show again.</summary>
    public int Unsteady { get; private set; }

    internal List<Disagreement> Unexplained { get; } = [];

    internal Dictionary<string, int> Uses { get; } = [];

    public async Task InitializeAsync()
    {
        if (TapRights.Missing is not null)
        {
            // The tests say so.
            return;
        }

        int count = Number(CountVariable) ?? UsualCount;
        int first = Number(FirstVariable) ?? 0;
        IsUsual = count == UsualCount && first == 0;
        for (int set = 0; set < _optionSets.Length; set++)
        {
            // Every fifth program, so that a seed means one program however many are played.
            ulong[] seeds = [.. Enumerable.Range(first, count).Where(seed => seed % _optionSets.Length == set).Select(seed => (ulong)seed)];
            foreach (ulong[] part in seeds.Chunk(ProgramsPerNamespace / Tries))
            {
                await PlayAsync(_optionSets[set], part);
            }
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : null;

    private async Task PlayAsync(OptionSet options, ulong[] seeds)
    {
        using KernelStack kernel = await KernelStack.CreateAsync(options);
        kernel.Enter(() =>
        {
            using SocketDiagnostics diagnostics = new();
            int port = FirstPort;
            foreach (ulong seed in seeds)
            {
                Play(ProgramGenerator.Make(seed, options), kernel, diagnostics, ref port);
            }
        });
    }

    private void Play(DifferentialProgram program, KernelStack kernel, SocketDiagnostics diagnostics, ref int port)
    {
        Disagreement? unexplained = null;
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            IpEndPoint own = new(KernelStack.Address, (ushort)port++);
            IpEndPoint peer = new(KernelStack.PeerAddress, PeerPort);
            List<TraceStep> ours;
            List<TraceStep> theirs;
            using (OurImplementation implementation = new(program, own, peer))
            {
                ours = Player.Play(program, implementation, own, peer);
            }

            using (KernelImplementation implementation = new(kernel, diagnostics, own, peer))
            {
                theirs = Player.Play(program, implementation, own, peer);
            }

            List<KnownDifference> uses = [];
            Disagreement? found = Comparison.FindUnexplained(program, ours, theirs, uses.Add, out int compared);
            if (found is null)
            {
                Programs++;
                Steps = (Steps.Compared + compared, Steps.All + ours.Count);
                Unsteady += attempt > 0 ? 1 : 0;
                foreach (KnownDifference use in uses)
                {
                    Uses[use.Name] = Uses.GetValueOrDefault(use.Name) + 1;
                }

                return;
            }

            unexplained ??= found;
        }

        Programs++;
        Unexplained.Add(unexplained!);
    }
}
