using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

/// <summary>
/// The table of goodput in GoodputTable.md. Time is virtual, so it holds exactly: any difference is a change of behaviour,
/// to be looked at and then accepted with NETSTACK_UPDATE_TABLES=1.
/// </summary>
public class GoodputTableTests
{
    private const string UpdateVariable = "NETSTACK_UPDATE_TABLES";
    private const long TransferBytes = 2_000_000;
    private const int SeedCount = 5;
    private const long RateBitsPerSecond = 100_000_000;
    private const int QueueFrames = 200;

    private static readonly int[] DelaysMilliseconds = [1, 10, 50];
    private static readonly double[] Losses = [0, 0.001, 0.01, 0.03, 0.1];
    private static readonly int[] BuffersKibibytes = [8, 32, 128, 512, 2048];

    [Fact]
    public void Goodput_by_delay_loss_and_buffer_is_that_of_the_table()
    {
        string path = Path.Combine(SourceFolder(), "GoodputTable.md");
        string table = MakeTable();
        if (Environment.GetEnvironmentVariable(UpdateVariable) is "1")
        {
            File.WriteAllText(path, table);
        }

        Assert.Equal(File.ReadAllText(path), table, ignoreLineEndingDifferences: true);
    }

    private static string MakeTable()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Goodput

            Payload delivered in kbit/s of virtual time, from the SYN to the last byte read, over {SeedCount} transfers of
            {TransferBytes} bytes each over a link of {RateBitsPerSecond / 1_000_000} Mbit/s with a queue of {QueueFrames} frames. Delay is one way; loss is
            random and happens each way; the buffer is both the sender's and the receiver's.

            The table is made by the test beside it, and held exactly. After a change that is meant to change it, run the
            test with `{UpdateVariable}=1` and look at the difference.

            | delay | loss |
            """);
        foreach (int buffer in BuffersKibibytes)
        {
            text.Append(CultureInfo.InvariantCulture, $" {buffer} KiB |");
        }

        text.AppendLine().Append("|---:|---:|").AppendLine(string.Concat(Enumerable.Repeat("---:|", BuffersKibibytes.Length)));
        foreach (int delay in DelaysMilliseconds)
        {
            foreach (double loss in Losses)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {delay} ms | {loss * 100:0.#} % |");
                foreach (int buffer in BuffersKibibytes)
                {
                    text.Append(CultureInfo.InvariantCulture, $" {Measure(delay, loss, buffer)} |");
                }

                text.AppendLine();
            }
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static long Measure(int delayMilliseconds, double loss, int bufferKibibytes)
    {
        LinkConditions conditions = new()
        {
            Latency = Duration.FromMilliseconds(delayMilliseconds),
            Loss = loss,
            RateBitsPerSecond = RateBitsPerSecond,
            QueueFrames = QueueFrames,
        };
        TcpConnectionOptions connection = new()
        {
            SendBufferBytes = bufferKibibytes * 1024,
            ReceiveBufferBytes = bufferKibibytes * 1024,
        };
        Duration total = Duration.Zero;
        for (ulong seed = 1; seed <= SeedCount; seed++)
        {
            total += Transfer.Run(seed, TransferBytes, conditions, new TransferOptions { Client = connection, Server = connection }).Duration;
        }

        return SeedCount * TransferBytes * 8 * 1_000_000 / total.Nanoseconds;
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
