namespace NetStack.Tcp;

/// <summary>The probe that was sent because acknowledgments stayed out: it makes the loss of the last segments show.</summary>
/// <remarks>RFC 8985 §7.2: TLP.end_seq, TLP.is_retrans.</remarks>
internal struct TailProbe
{
    /// <summary>SND.NXT when the probe was sent.</summary>
    public SequenceNumber End;

    /// <summary>Whether a probe is unanswered: one at a time.</summary>
    public bool IsOut;

    /// <summary>Whether it was sent before: then it may have repaired a loss.</summary>
    public bool IsRetransmission;
}
