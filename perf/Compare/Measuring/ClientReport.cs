namespace NetStack.Compare.Measuring;

/// <summary>What the client prints. Times of exchanges are in microseconds, CPU times in seconds.</summary>
/// <param name="CoreBusy">How long the core was not idle, whoever used it.</param>
internal sealed record ClientReport(
    string Work,
    double Seconds,
    long Count,
    long Bytes,
    long Lost,
    long Retransmitted,
    double P50,
    double P90,
    double P99,
    double ClientCpu,
    double ServerCpu,
    double CoreBusy)
{
    /// <summary>The share of the core that went to neither end. The clock of the core ticks in hundredths of a second.</summary>
    public double OthersShare => Math.Max(0, (CoreBusy - ClientCpu - ServerCpu) / Seconds);
}
