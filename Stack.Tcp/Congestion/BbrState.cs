namespace NetStack.Tcp;

/// <summary>The states of BBR.</summary>
/// <remarks>draft-cardwell-iccrg-bbr-congestion-control-00 §4.3.</remarks>
internal enum BbrState : byte
{
    /// <summary>The rate doubles each round trip until it no longer does.</summary>
    Startup,

    /// <summary>The queue that this has made drains.</summary>
    Drain,

    /// <summary>Gains go round in a cycle: a quarter more, a quarter less, and six round trips at the rate.</summary>
    ProbeBandwidth,

    /// <summary>Next to nothing is on its way for a moment, to see the round trip without a queue.</summary>
    ProbeRoundTrip,
}
