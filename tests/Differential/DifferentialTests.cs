using System.Globalization;
using System.Text;
using NetStack.Peers;
using Xunit.Abstractions;

namespace NetStack.Differential.Tests;

/// <summary>
/// The same random sequences of packets and calls to our TCP, through the library and under virtual time, and to the Linux
/// kernel's. They must send the same segments, deliver the same bytes, report the same errors and be in the same states after
/// every event. What differs for a reason is a <see cref="KnownDifference"/>, with its row in DEVIATIONS.md.
/// </summary>
public class DifferentialTests(DifferentialRun run, ITestOutputHelper output) : IClassFixture<DifferentialRun>
{
    private const string Heading = "## Where TCP differs from Linux";
    private const int ShownDisagreements = 5;

    [TapFact]
    [Trait("RFC", "9293 §3.10, 5961, 7323, 2018, 2883, 1122 §4.2")]
    public void Random_programs_get_the_same_answers_from_us_and_from_the_kernel()
    {
        Assert.True(TapRights.Missing is null, TapRights.Missing);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Programs} programs, {run.Steps.Compared} of {run.Steps.All} events compared, {run.Unsteady} programs unsteady"));
        StringBuilder text = new();
        foreach (Disagreement unexplained in run.Unexplained.Take(ShownDisagreements))
        {
            text.AppendLine().Append(unexplained);
        }

        Assert.True(
            run.Unexplained.Count == 0,
            $"{run.Unexplained.Count} of {run.Programs} programs (seeds {string.Join(' ', run.Unexplained.Take(20).Select(each => each.Program.Seed))}): {text}");
        Assert.True(run.Programs > 0, "no program was played");

        // What ends a comparison early must not end most of them.
        Assert.True(run.Steps.Compared * 4 >= run.Steps.All * 3, $"only {run.Steps.Compared} of {run.Steps.All} events could be compared");
        Assert.True(run.Unsteady * 20 <= run.Programs, $"{run.Unsteady} of {run.Programs} programs did not go the same way twice");
    }

    [TapFact]
    public void Every_difference_that_is_let_pass_occurs()
    {
        foreach ((string name, int count) in run.Uses.OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,6} {name}"));
        }

        string[] unused = [.. KnownDifferences.All.Where(each => !each.IsTimed && !run.Uses.ContainsKey(each.Name)).Select(each => each.Name).Distinct()];
        Assert.True(unused.Length == 0 || !run.IsUsual, "never needed, so to be struck out: " + string.Join("; ", unused));
    }

    [Fact]
    public void Every_difference_that_is_let_pass_has_its_row_in_the_list_of_deviations()
    {
        string[] lines = File.ReadAllLines(RepositoryRoot.Combine("Stack.Tcp", "DEVIATIONS.md"));
        string[] rows = [.. lines
            .SkipWhile(line => line != Heading)
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .Select(line => line.Split('|')[1].Trim())];

        Assert.Equal(
            KnownDifferences.All.Select(each => each.Name).Distinct().Order(StringComparer.Ordinal),
            rows.Order(StringComparer.Ordinal));
    }
}
