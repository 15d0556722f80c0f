namespace NetStack.Tcp;

/// <summary>The phases of the first slow start.</summary>
/// <remarks>RFC 9406 §4.2.</remarks>
internal enum HyStartPhase : byte
{
    /// <summary>Nothing was acknowledged yet.</summary>
    Unstarted,

    /// <summary>Slow start in full.</summary>
    SlowStart,

    /// <summary>Conservative slow start (CSS): round trips have grown.</summary>
    Conservative,

    /// <summary>The delay was no chance: congestion avoidance begins.</summary>
    Finished,
}
