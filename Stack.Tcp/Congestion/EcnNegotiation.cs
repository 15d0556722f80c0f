namespace NetStack.Tcp;

/// <summary>The three ECN bits of SYNs: who asks for what, and who agrees.</summary>
/// <remarks>RFC 9768 §3.1, tables 2 to 4; RFC 3168 §6.1.1.</remarks>
internal static class EcnNegotiation
{
    /// <summary>AE, CWR and ECE.</summary>
    public const TcpFlags Bits = TcpFlags.AccurateEcn | TcpFlags.CongestionWindowReduced | TcpFlags.EcnEcho;

    private const TcpFlags ClassicRequest = TcpFlags.CongestionWindowReduced | TcpFlags.EcnEcho;

    /// <summary>The bits of a SYN.</summary>
    public static TcpFlags Request(EcnUse use) => use switch
    {
        EcnUse.Ask => ClassicRequest,
        EcnUse.AskAccurate => Bits,
        _ => TcpFlags.None,
    };

    /// <summary>The form that a SYN asks for and we agree to.</summary>
    public static EcnForm Agreed(EcnUse use, TcpFlags syn)
    {
        TcpFlags bits = syn & Bits;
        if (use == EcnUse.Off || bits == TcpFlags.None)
        {
            return EcnForm.None;
        }

        if (bits == ClassicRequest || use is EcnUse.Accept or EcnUse.Ask)
        {
            // Who speaks RFC 3168 alone does not look at AE.
            return (bits & ClassicRequest) == ClassicRequest ? EcnForm.Classic : EcnForm.None;
        }

        // RFC 9768 §3.1.3: a combination that has no meaning yet asks for accurate ECN all the same.
        return EcnForm.Accurate;
    }

    /// <summary>The bits of the SYN,ACK that agrees.</summary>
    /// <param name="form">What was agreed upon.</param>
    /// <param name="codepoint">The codepoint that the SYN arrived with.</param>
    public static TcpFlags Answer(EcnForm form, EcnCodepoint codepoint) => form switch
    {
        EcnForm.Classic => TcpFlags.EcnEcho,
        EcnForm.Accurate => Feedback(codepoint),
        _ => TcpFlags.None,
    };

    /// <summary>What the bits of a SYN,ACK say to our SYN.</summary>
    /// <param name="request">The bits of our SYN.</param>
    /// <param name="synAck">The bits of the answer.</param>
    public static EcnForm Answered(TcpFlags request, TcpFlags synAck)
    {
        TcpFlags bits = synAck & Bits;
        return request switch
        {
            // RFC 3168 §6.1.1: an ECN-setup SYN-ACK has ECE and not CWR.
            ClassicRequest => (bits & ClassicRequest) == TcpFlags.EcnEcho ? EcnForm.Classic : EcnForm.None,
            Bits => bits switch
            {
                TcpFlags.None or Bits => EcnForm.None,
                TcpFlags.EcnEcho => EcnForm.Classic,
                _ => EcnForm.Accurate,
            },
            _ => EcnForm.None,
        };
    }

    /// <summary>How a codepoint is told in the handshake.</summary>
    /// <remarks>RFC 9768 §3.1.1, table 2, and §3.2.2.1, table 3.</remarks>
    public static TcpFlags Feedback(EcnCodepoint codepoint) => codepoint switch
    {
        EcnCodepoint.NotCapable => TcpFlags.CongestionWindowReduced,
        EcnCodepoint.Capable1 => TcpFlags.CongestionWindowReduced | TcpFlags.EcnEcho,
        EcnCodepoint.Capable0 => TcpFlags.AccurateEcn,
        _ => TcpFlags.AccurateEcn | TcpFlags.CongestionWindowReduced,
    };
}
