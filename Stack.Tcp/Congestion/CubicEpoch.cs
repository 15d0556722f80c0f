namespace NetStack.Tcp;

/// <summary>The variables of a stage of congestion avoidance, which a spurious congestion event must give back.</summary>
/// <remarks>RFC 9438 §4.1.2.</remarks>
internal struct CubicEpoch
{
    /// <summary>cwnd.</summary>
    public int Window;

    /// <summary>ssthresh; <see cref="int.MaxValue"/> before the first loss.</summary>
    public int Threshold;

    /// <summary>W_max: the window just before it was last reduced; 0 for none, or after a time-out.</summary>
    public int Plateau;

    /// <summary>cwnd_prior: the window as ssthresh was last set.</summary>
    public int PriorWindow;

    /// <summary>W_est: what Reno's window would be.</summary>
    public int RenoWindow;

    /// <summary>K, in ticks of <see cref="CubicCurve"/>.</summary>
    public int PlateauTicks;

    /// <summary>t: the time since the stage began in which the window was in use, in microseconds; negative before it begins.</summary>
    public int Microseconds;

    /// <summary>Whether the stage has begun, with its first acknowledgment.</summary>
    public readonly bool HasBegun => Microseconds >= 0;
}
