using System.Diagnostics;

namespace NetStack.Tcp;

/// <summary>The variables of one received segment, by the names of the RFC. They change as the segment is trimmed to the window.</summary>
/// <remarks>RFC 9293 §3.3.1, "current segment variables".</remarks>
internal struct Segment
{
    /// <summary>SEG.SEQ.</summary>
    public SequenceNumber Sequence;

    /// <summary>SEG.ACK.</summary>
    public SequenceNumber Acknowledgment;

    /// <summary>The payload bytes left.</summary>
    public int PayloadBytes;

    /// <summary>SEG.WND as in the header, not scaled.</summary>
    public ushort Window;

    /// <summary>SEG.UP as in the header, counted from the sequence number that it had on arrival; 0 without URG.</summary>
    public ushort UrgentPointer;

    /// <summary>The control bits left.</summary>
    public TcpFlags Flags;

    /// <summary>The ECN codepoint of its packet.</summary>
    public EcnCodepoint Codepoint;

    /// <summary>The options.</summary>
    public SegmentOptions Options;

    public readonly bool IsSyn => (Flags & TcpFlags.Syn) != 0;

    public readonly bool IsFin => (Flags & TcpFlags.Fin) != 0;

    public readonly bool IsReset => (Flags & TcpFlags.Reset) != 0;

    public readonly bool IsAcknowledgment => (Flags & TcpFlags.Acknowledgment) != 0;

    /// <summary>Whether payload or a FIN is left.</summary>
    public readonly bool HasText => PayloadBytes > 0 || IsFin;

    /// <summary>SEG.LEN: the payload, and one for each of SYN and FIN.</summary>
    public readonly int LengthBytes => PayloadBytes + (IsSyn ? 1 : 0) + (IsFin ? 1 : 0);

    /// <summary>The sequence number behind the segment.</summary>
    public readonly SequenceNumber End => Sequence + LengthBytes;

    /// <summary>Takes the SYN, then payload bytes, off the front.</summary>
    /// <returns>The payload bytes to strip from the packet.</returns>
    public int RemoveFront(int lengthBytes)
    {
        Debug.Assert(lengthBytes >= 0 && lengthBytes <= LengthBytes);
        Sequence += lengthBytes;
        if (lengthBytes > 0 && IsSyn)
        {
            Flags &= ~TcpFlags.Syn;
            lengthBytes--;
        }

        if (lengthBytes > PayloadBytes)
        {
            Flags &= ~TcpFlags.Fin;
            lengthBytes = PayloadBytes;
        }

        PayloadBytes -= lengthBytes;
        return lengthBytes;
    }

    /// <summary>Cuts payload, and with it the FIN, that lies at or behind a sequence number.</summary>
    public void RemoveFrom(SequenceNumber end)
    {
        Debug.Assert(!IsSyn, "a SYN is taken off first");
        int excess = End - end;
        if (excess > 0)
        {
            if (IsFin)
            {
                Flags &= ~TcpFlags.Fin;
                excess--;
            }

            PayloadBytes -= Math.Min(excess, PayloadBytes);
        }
    }
}
