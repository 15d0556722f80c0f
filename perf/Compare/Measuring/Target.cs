namespace NetStack.Compare.Measuring;

/// <summary>One thing that is asked of us: a quotient to somebody else, in the same run.</summary>
/// <param name="Row">The row of the targets that it is a part of.</param>
/// <param name="Own">Who of ours is judged: the JIT build's name, without or with offload where both will do.</param>
/// <param name="Work">At what.</param>
/// <param name="Rival">Whom it is compared with; <c>{0}</c> stands for the suffix of the build.</param>
/// <param name="Must">The quotient that must be reached; null where only the stretch is asked for.</param>
/// <param name="Stretch">The quotient that would be good; null where there is none.</param>
internal sealed record Target(int Row, IReadOnlyList<string> Own, Work Work, string Rival, double? Must, double? Stretch)
{
    private const string WithOffload = "ours{0}";
    private const string Plain = "ours{0}-plain";
    private const string Pipes = "pipes{0}";
    private const string Loop = "loop{0}";
    private const string Kernel = "kernel";
    private const string Lwip = "lwip";

    /// <summary>All rows that this command can judge. Those of times ask for a quotient below, the others for one above.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new(1, [WithOffload], Find("receive"), Lwip, 3.5, 5),
        new(1, [WithOffload], Find("receive"), Kernel, 0.7, 1),
        new(2, [WithOffload], Find("send"), Lwip, 6, 8.5),
        new(2, [WithOffload], Find("send"), Kernel, 0.7, 1),
        new(3, [Plain], Find("receive"), Lwip, 1.3, 1.55),
        new(3, [Plain], Find("send"), Lwip, 0.95, 1.1),
        new(4, [WithOffload, Plain], Find("tcp-rr"), Kernel, 1, null),
        new(4, [WithOffload, Plain], Find("tcp-rr"), Lwip, null, 1),
        new(5, [WithOffload, Plain], Find("udp-rr"), Kernel, 0.87, null),
        new(5, [WithOffload, Plain], Find("udp-rr"), Lwip, null, 1),
        new(6, [WithOffload, Plain], Find("udp-echo"), Kernel, 1.28, null),
        new(6, [WithOffload, Plain], Find("udp-echo"), Lwip, null, 1),
        new(7, [WithOffload, Plain], Find("connect"), Kernel, 1.3, null),
        new(7, [WithOffload, Plain], Find("connect"), "gvisor", 2.2, null),
        new(7, [WithOffload, Plain], Find("connect"), Lwip, null, 1),
        new(8, [Pipes], Find("http"), Kernel, 1, 1.3),
        new(9, [WithOffload, Plain], Find("http"), "kestrel{0}", 1, 1.3),
        new(9, [WithOffload, Plain], Find("http-pipelined"), "kestrel{0}", 0.9, 1),
        new(15, [Loop], Find("reflect"), "loop-c", 0.95, 0.99),
    ];

    /// <summary>Judges one of our builds.</summary>
    public Judgement Judge(SampleSet samples, bool isNative)
    {
        string build = isNative ? "-aot" : "";
        string rival = Named(Rival, build);
        foreach (string own in Own.Select(name => Named(name, build)))
        {
            if (samples.Quotients(own, rival, Work) is { } quotients)
            {
                return new Judgement(own, quotients, Judge(quotients.Median));
            }
        }

        return new Judgement(Named(Own[0], build), null, Verdict.NotMeasured);
    }

    private Verdict Judge(double quotient)
    {
        if (Stretch is { } stretch && IsReached(quotient, stretch))
        {
            return Verdict.StretchMet;
        }

        return Must switch
        {
            null => Verdict.StretchNotMet,
            { } must => IsReached(quotient, must) ? Verdict.MustMet : Verdict.NotMet,
        };
    }

    private bool IsReached(double quotient, double wanted) => Work.IsTime ? quotient <= wanted : quotient >= wanted;

    private static string Named(string pattern, string build) => pattern.Replace("{0}", build, StringComparison.Ordinal);

    private static Work Find(string name) => Work.All.Single(work => work.Name == name);
}
