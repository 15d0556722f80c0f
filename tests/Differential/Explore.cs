using System.Globalization;
using NetStack.IP;
using NetStack.Peers;
using Xunit.Abstractions;
namespace NetStack.Differential.Tests;
public class Explore(ITestOutputHelper output)
{
    [TapFact]
    public async Task Run()
    {
        int first = int.Parse(Environment.GetEnvironmentVariable("FIRST") ?? "0", CultureInfo.InvariantCulture);
        int count = int.Parse(Environment.GetEnvironmentVariable("COUNT") ?? "100", CultureInfo.InvariantCulture);
        OptionSet[] sets = [new(false, false, false), new(true, false, false), new(false, true, false), new(false, false, true), new(true, true, true)];
        Dictionary<string,int> used = []; int all = 0; int same = 0, shown = 0, steps = 0; var watch = System.Diagnostics.Stopwatch.StartNew();
        foreach (OptionSet set in sets)
        {
            using KernelStack kernel = await KernelStack.CreateAsync(set);
            kernel.Enter(() =>
            {
                using SocketDiagnostics diag = new();
                for (int seed = first; seed < first + count; seed++)
                {
                    if (seed % sets.Length != Array.IndexOf(sets, set)) continue;
                    DifferentialProgram program = ProgramGenerator.Make((ulong)seed, set);
                    IpEndPoint own = new(KernelStack.Address, (ushort)(10000 + (seed % 40000)));
                    IpEndPoint peer = new(KernelStack.PeerAddress, 5000);
                    List<TraceStep> ours, theirs;
                    using (OurImplementation us = new(program, own, peer)) ours = Player.Play(program, us, own, peer);
                    using (KernelImplementation them = new(kernel, diag, own, peer)) theirs = Player.Play(program, them, own, peer);
                    Disagreement? d = Comparison.FindUnexplained(program, ours, theirs, k => used[k.Name] = used.GetValueOrDefault(k.Name) + 1, out int cs);
                    steps += cs; all += ours.Count;
                    if (d is null) { same++; continue; }
                    if (shown++ < 60) output.WriteLine(d.ToString());
                }
            });
        }
        foreach (var k in KnownDifferences.All) output.WriteLine($"{used.GetValueOrDefault(k.Name)} {k.Name}");
        output.WriteLine($"{same} of {count} same, {steps} of {all} steps, {watch.ElapsedMilliseconds} ms");
    }
}
