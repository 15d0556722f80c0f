namespace NetStack.Compare.Measuring;

/// <summary>How one of ours stands to a target.</summary>
/// <param name="Own">Who was judged.</param>
/// <param name="Quotients">Its values by the rival's, round by round; null where one of them was not measured.</param>
internal sealed record Judgement(string Own, Spread? Quotients, Verdict Verdict);
