using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

/// <summary>
/// The tables of goodput in this folder, one a congestion control. Time is virtual, so they hold exactly: any difference
/// is a change of behaviour, to be looked at and then accepted with NETSTACK_UPDATE_TABLES=1.
/// </summary>
public class GoodputByControllerTests
{
    private const string UpdateVariable = "NETSTACK_UPDATE_TABLES";

    private static readonly int[] DelaysMilliseconds = [1, 10, 50, 200];
    private static readonly double[] Losses = [0, 0.001, 0.01, 0.03, 0.1, 0.3];
    private static readonly double[] Reorderings = [0, 0.01, 0.1];

    public static TheoryData<string> Controllers => [.. CongestionControl.Names];

    [Theory]
    [MemberData(nameof(Controllers))]
    [Trait("Category", "Slow")]
    public void Goodput_by_delay_loss_and_reordering_is_that_of_the_table(string controller)
    {
        string path = Path.Combine(SourceFolder(), controller + ".md");
        string table = MakeTable(controller);
        if (Environment.GetEnvironmentVariable(UpdateVariable) is "1")
        {
            File.WriteAllText(path, table);
        }

        Assert.Equal(File.ReadAllText(path), table, ignoreLineEndingDifferences: true);
    }

    private static string MakeTable(string controller)
    {
        Assert.True(CongestionControl.TryFind(controller, out Func<ulong, ICongestionController>? make));
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Goodput with {controller}

            Payload read in kbit/s of virtual time, from the SYN to the last byte of {GoodputCell.TransferBytes / 1_000_000} MB or, where that takes longer, to
            the end of {GoodputCell.Limit.Nanoseconds / 1_000_000_000} s, over {GoodputCell.SeedCount} transfers. The link has {GoodputCell.RateBitsPerSecond / 1_000_000} Mbit/s and a queue of {GoodputCell.QueueFrames} frames; both buffers have {GoodputCell.BufferBytes >> 20} MiB.
            Delay is one way; loss is random and happens each way. The columns tell how many of the frames, each way, are
            held back by up to half the delay, and so overtaken.

            The table is made by the test beside it, and held exactly. After a change that is meant to change it, run the
            test with `{UpdateVariable}=1` and look at the difference.

            | delay | loss |
            """);
        foreach (double reordering in Reorderings)
        {
            text.Append(CultureInfo.InvariantCulture, $" {(reordering == 0 ? "in order" : $"{reordering * 100:0.#} % late")} |");
        }

        text.AppendLine().Append("|---:|---:|").AppendLine(string.Concat(Enumerable.Repeat("---:|", Reorderings.Length)));
        foreach (int delay in DelaysMilliseconds)
        {
            foreach (double loss in Losses)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {delay} ms | {loss * 100:0.#} % |");
                foreach (double reordering in Reorderings)
                {
                    GoodputCell cell = new(Duration.FromMilliseconds(delay), loss, reordering);
                    text.Append(CultureInfo.InvariantCulture, $" {cell.Measure(make)} |");
                }

                text.AppendLine();
            }
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
