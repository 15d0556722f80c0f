namespace NetStack.Tcp;

// What becomes of segments on their way when the path takes only smaller ones.
internal partial struct SentSegments
{
    /// <summary>Cuts segments that have become too large for the path, and takes those for lost.</summary>
    /// <returns>The bytes that are lost by now.</returns>
    /// <remarks>RFC 1191 §6.5. Where the parts would be more than <see cref="Limit"/>, the last ones are left as they are.</remarks>
    public int Divide(int segmentBytes)
    {
        SentSegment[] old = new SentSegment[Count];
        for (int i = 0; i < old.Length; i++)
        {
            old[i] = this[i];
        }

        Clear();
        for (int i = 0; i < old.Length; i++)
        {
            SentSegment rest = old[i];

            // What was delivered out of order is cut too: the peer may take that back (RFC 2018 §8).
            bool isTooLarge = rest.LengthBytes > segmentBytes;
            while (isTooLarge
                && !rest.IsDelivered
                && i + 1 < old.Length
                && old[i + 1].LengthBytes > segmentBytes
                && !old[i + 1].IsDelivered
                && HasRoom(rest.LengthBytes + old[i + 1].LengthBytes, segmentBytes, old.Length - i - 2))
            {
                rest.LengthBytes += old[++i].LengthBytes;
                rest.Marks |= old[i].Marks;
            }

            rest.Marks |= isTooLarge && !rest.IsDelivered ? SentSegmentMarks.Lost : SentSegmentMarks.None;
            AppendDivided(rest, isTooLarge && HasRoom(rest.LengthBytes, segmentBytes, old.Length - i - 1) ? segmentBytes : rest.LengthBytes);
        }

        Order();
        return LostBytes;
    }

    /// <summary>Whether so many bytes find room in parts, and so many segments behind them.</summary>
    private readonly bool HasRoom(int lengthBytes, int partBytes, int followers) =>
        Count + ((lengthBytes + partBytes - 1) / partBytes) + followers <= Limit;

    /// <summary>Adds a segment in parts, which stand in no order of transmission yet.</summary>
    private void AppendDivided(SentSegment rest, int partBytes)
    {
        SentSegmentMarks push = rest.Marks & SentSegmentMarks.Push;
        rest.Marks &= ~SentSegmentMarks.Push;
        while (rest.LengthBytes > 0)
        {
            SentSegment part = rest;
            part.LengthBytes = Math.Min(rest.LengthBytes, partBytes);
            part.Marks |= part.LengthBytes == rest.LengthBytes ? push : SentSegmentMarks.None;
            int slot = Put(part);
            _slots[slot].Run = 1;
            DeliveredCount += part.IsDelivered ? 1 : 0;
            DeliveredBytes += part.IsDelivered ? part.LengthBytes : 0;
            LostBytes += part.IsLost ? part.LengthBytes : 0;
            rest.Start += part.LengthBytes;
            rest.LengthBytes -= part.LengthBytes;
        }
    }
}
