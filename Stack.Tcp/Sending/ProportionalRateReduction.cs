namespace NetStack.Tcp;

/// <summary>
/// Leads the bytes on their way down to the slow start threshold while a loss is recovered from: for what arrives so much
/// goes out that the window has shrunk by the time of the last acknowledgment, and no burst and no pause comes before that.
/// </summary>
/// <remarks>RFC 6937 §3, with the slow-start reduction bound only where the acknowledgment tells of no further loss.</remarks>
internal struct ProportionalRateReduction
{
    private long _priorBytes;
    private long _thresholdBytes;
    private long _deliveredBytes;
    private long _sentBytes;

    /// <summary>The window that holds now.</summary>
    public long WindowBytes { get; private set; }

    /// <summary>A recovery begins.</summary>
    /// <param name="priorBytes">RecoverFS: the bytes on their way before the loss.</param>
    /// <param name="thresholdBytes">ssthresh: what to come to.</param>
    /// <param name="flightBytes">pipe: the bytes on their way now.</param>
    /// <param name="segmentBytes">A full segment, which may be sent at once: the first retransmission.</param>
    public void Start(long priorBytes, long thresholdBytes, long flightBytes, int segmentBytes)
    {
        _priorBytes = Math.Max(priorBytes, 1);
        _thresholdBytes = thresholdBytes;
        _deliveredBytes = 0;
        _sentBytes = 0;
        WindowBytes = flightBytes + segmentBytes;
    }

    /// <summary>Something was sent, new or not.</summary>
    public void Sent(int lengthBytes) => _sentBytes += lengthBytes;

    /// <summary>An acknowledgment has told of bytes delivered.</summary>
    /// <param name="deliveredBytes">DeliveredData.</param>
    /// <param name="flightBytes">pipe, after it.</param>
    /// <param name="isGoodProgress">Whether SND.UNA has moved and nothing more was found lost.</param>
    /// <param name="segmentBytes">A full segment.</param>
    public void Delivered(long deliveredBytes, long flightBytes, bool isGoodProgress, int segmentBytes)
    {
        if (deliveredBytes <= 0)
        {
            return;
        }

        _deliveredBytes += deliveredBytes;
        long send;
        if (flightBytes > _thresholdBytes)
        {
            // "sndcnt = CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out", in whole segments.
            long due = (long)(((Int128)_deliveredBytes * _thresholdBytes + _priorBytes - 1) / _priorBytes);
            send = RoundUp(due, segmentBytes) - _sentBytes;
        }
        else
        {
            long limit = Math.Max(_deliveredBytes - _sentBytes, deliveredBytes) + (isGoodProgress ? segmentBytes : 0);
            send = Math.Min(_thresholdBytes - flightBytes, limit);
        }

        // The first retransmission is never held back.
        WindowBytes = flightBytes + Math.Max(send, _sentBytes == 0 ? segmentBytes : 0);
    }

    private static long RoundUp(long bytes, int segmentBytes) => (bytes + segmentBytes - 1) / segmentBytes * segmentBytes;
}
