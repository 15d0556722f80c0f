namespace NetStack.Tcp;

// What becomes of segments on their way when the path takes only smaller ones.
internal partial struct SentSegments
{
    /// <summary>Cuts segments that have become too large for the path, and takes those for lost.</summary>
    /// <returns>The bytes newly lost.</returns>
    /// <remarks>RFC 1191 §6.5.</remarks>
    public int Divide(int segmentBytes)
    {
        SentSegment[] old = new SentSegment[Count];
        for (int i = 0; i < old.Length; i++)
        {
            old[i] = this[i];
        }

        int lost = 0;
        Clear();
        for (int i = 0; i < old.Length; i++)
        {
            SentSegment rest = old[i];

            // What was delivered out of order is cut too: the peer may take that back (RFC 2018 §8).
            bool isTooLarge = rest.LengthBytes > segmentBytes;
            while (isTooLarge && !rest.IsDelivered && i + 1 < old.Length && old[i + 1].LengthBytes > segmentBytes && !old[i + 1].IsDelivered)
            {
                rest.LengthBytes += old[++i].LengthBytes;
                rest.Marks |= old[i].Marks;
            }

            lost += AppendDivided(rest, isTooLarge && Count < Limit / 2 ? segmentBytes : rest.LengthBytes, isTooLarge || rest.IsLost);
        }

        return lost;
    }

    /// <summary>Adds a segment in parts.</summary>
    /// <returns>The bytes newly lost.</returns>
    private int AppendDivided(SentSegment rest, int partBytes, bool isLost)
    {
        int lost = 0;
        bool isDelivered = rest.IsDelivered;
        SentSegmentMarks push = rest.Marks & SentSegmentMarks.Push;
        rest.Marks &= SentSegmentMarks.Retransmitted | SentSegmentMarks.ApplicationLimited;
        while (rest.LengthBytes > 0)
        {
            SentSegment part = rest;
            part.LengthBytes = Math.Min(rest.LengthBytes, partBytes);
            part.Marks |= part.LengthBytes == rest.LengthBytes ? push : SentSegmentMarks.None;
            Append(part);
            if (isDelivered)
            {
                MarkDelivered(Count - 1);
            }
            else if (isLost)
            {
                lost += MarkLost(Count - 1);
            }

            rest.Start += part.LengthBytes;
            rest.LengthBytes -= part.LengthBytes;
        }

        return lost;
    }
}
