namespace NetStack.Compare.Measuring;

/// <summary>All measurements, and what can be said of them.</summary>
internal sealed class SampleSet
{
    private readonly List<Sample> _samples = [];

    public IReadOnlyList<Sample> All => _samples;

    public void Add(Sample sample) => _samples.Add(sample);

    /// <summary>Median, least and most over the rounds.</summary>
    public Spread? Values(string contender, Work work) =>
        Spread.Of(Of(contender, work).Select(sample => sample.Value!.Value));

    /// <summary>
    /// The quotient of two contenders' values in the same round, median and spread. What moves the machine from one round
    /// to the next moves both.
    /// </summary>
    public Spread? Quotients(string contender, string other, Work work)
    {
        Dictionary<int, double> others = Of(other, work).ToDictionary(sample => sample.Round, sample => sample.Value!.Value);
        return Spread.Of(Of(contender, work)
            .Where(sample => others.ContainsKey(sample.Round))
            .Select(sample => sample.Value!.Value / others[sample.Round]));
    }

    /// <summary>How many times as fast a contender is as another; more is better.</summary>
    public double? Speed(string contender, string other, Work work) =>
        Quotients(contender, other, work) is { } quotients ? work.Speed(quotients.Median, 1) : null;

    /// <summary>The median over the rounds of something else that the client reports.</summary>
    public double? Median(string contender, Work work, Func<ClientReport, double> value) =>
        Spread.Of(Of(contender, work).Select(sample => value(sample.Report!)))?.Median;

    /// <summary>What went wrong with a contender's work, if something did.</summary>
    public string? Problem(string contender, Work work) =>
        _samples.Find(sample => sample.Contender == contender && sample.Work == work.Name && sample.Problem is not null)?.Problem;

    private IEnumerable<Sample> Of(string contender, Work work) =>
        _samples.Where(sample => sample.Contender == contender && sample.Work == work.Name && sample.Value is not null);
}
