namespace NetStack.Compare.Measuring;

/// <summary>One measurement: what the client reported, or why there is nothing.</summary>
internal sealed record Sample(string Contender, string Work, int Round, double? Value, string? Problem, ClientReport? Report);
