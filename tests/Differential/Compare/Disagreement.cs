using System.Globalization;
using System.Text;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>One event of a program that the implementations answered differently.</summary>
internal sealed record Disagreement(DifferentialProgram Program, IReadOnlyList<TraceStep> Ours, IReadOnlyList<TraceStep> Kernel, int Index)
{
    private const int StepsBefore = 5;

    public TraceStep Our => Ours[Index];

    public TraceStep Their => Kernel[Index];

    /// <summary>The state that the event met with.</summary>
    public TcpState StateBefore => Index == 0 ? TcpState.Closed : Ours[Index - 1].State;

    /// <summary>The segment that arrived; null where the event was a call.</summary>
    public ArrivalEvent? Arrival => Program.Events[Index] as ArrivalEvent;

    /// <summary>The call; null where a segment arrived.</summary>
    public CallEvent? Call => Program.Events[Index] as CallEvent;

    /// <summary>Whether all but the segments sent is the same.</summary>
    public bool IsAboutSegmentsOnly => Comparison.IsSameToApplication(Our, Their);

    /// <summary>Whether we sent bare acknowledgments where the kernel was silent, and nothing else differs.</summary>
    public bool OnlyWeAcknowledge => IsAboutSegmentsOnly && Their.Sent.Count == 0 && IsBareAcknowledgment(Our.Sent);

    /// <summary>Whether the kernel sent a bare acknowledgment where we were silent, and nothing else differs.</summary>
    public bool OnlyKernelAcknowledges => IsAboutSegmentsOnly && Our.Sent.Count == 0 && IsBareAcknowledgment(Their.Sent);

    public override string ToString()
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Program}");
        for (int i = Math.Max(0, Index - StepsBefore); i <= Index; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {i,3} {Program.Events[i]}");
            text.AppendLine(CultureInfo.InvariantCulture, $"        ours:   {Ours[i]}");
            text.AppendLine(CultureInfo.InvariantCulture, $"        kernel: {Kernel[i]}");
        }

        return text.ToString();
    }

    private static bool IsBareAcknowledgment(IReadOnlyList<SentSegment> sent) =>
        sent is [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 }];
}
