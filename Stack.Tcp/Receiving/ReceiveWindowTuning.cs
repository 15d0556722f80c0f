using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// The size of a receive buffer that follows its reader: what the application reads in a round trip is what the sender's
/// congestion window brings in one, and the window must have room for twice that. The buffer never becomes smaller.
/// </summary>
/// <remarks>Dynamic right-sizing (Fisk and Feng, 2001); the need for it: RFC 7323 §1.1, RFC 1191 §6.6.</remarks>
internal struct ReceiveWindowTuning
{
    /// <summary>What the sender may send at once at the start: RFC 6928.</summary>
    private const int InitialSegments = 10;

    /// <summary>The room beyond the window's worth for what the sender sends while it learns.</summary>
    private const int SpareSegments = 16;

    private const int SmoothingDivisor = 8;

    private long _roundTrip;
    private Instant _readSince;
    private Instant _windowSince;
    private SequenceNumber _windowEnd;
    private int _readBytes;
    private int _mostBytes;

    /// <summary>The buffer; zero before the connection is established.</summary>
    public int BufferBytes { get; private set; }

    /// <summary>The round trip as the receiver sees it; zero while it is not known.</summary>
    public readonly Duration RoundTrip => new(_roundTrip);

    /// <summary>Starts with a buffer, and with the round trip of the handshake where it was measured.</summary>
    public void Start(int bufferBytes, int segmentBytes, Duration roundTrip, SequenceNumber windowEnd, Instant now)
    {
        BufferBytes = bufferBytes;
        _mostBytes = InitialSegments * segmentBytes;
        _roundTrip = roundTrip.Nanoseconds;
        _readSince = _windowSince = now;
        _windowEnd = windowEnd;
    }

    /// <summary>Payload has arrived that answers what we sent so long ago, as the echo of our timestamp tells.</summary>
    public void Echoed(Duration sinceSent)
    {
        long sample = Math.Max(sinceSent.Nanoseconds, 1);
        _roundTrip = _roundTrip == 0 ? sample : _roundTrip + ((sample - _roundTrip) / SmoothingDivisor);
    }

    /// <summary>
    /// Without timestamps: payload has arrived behind what the window allowed at one time, so that at least a round trip
    /// has passed since. A sender that did not fill the window takes longer: the least counts.
    /// </summary>
    public void Arrived(SequenceNumber receiveNext, SequenceNumber windowEnd, Instant now)
    {
        if (receiveNext < _windowEnd)
        {
            return;
        }

        long sample = Math.Max((now - _windowSince).Nanoseconds, 1);
        _roundTrip = _roundTrip == 0 ? sample : Math.Min(_roundTrip, sample);
        _windowEnd = windowEnd;
        _windowSince = now;
    }

    /// <summary>The application has read.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="segmentBytes">The payload of a full segment.</param>
    /// <param name="maximumBytes">The most the buffer becomes.</param>
    /// <param name="mayGrow">Whether there is memory for more.</param>
    /// <param name="now">The time of the loop's turn.</param>
    public void Read(long bytes, int segmentBytes, int maximumBytes, bool mayGrow, Instant now)
    {
        _readBytes = (int)Math.Min(_readBytes + bytes, int.MaxValue);
        if (_roundTrip == 0 || (now - _readSince).Nanoseconds < _roundTrip)
        {
            return;
        }

        if (_readBytes > _mostBytes && mayGrow)
        {
            // The rate has grown since the last round trip and may grow again in the next: twice over.
            long wanted = (2L * _readBytes) + (SpareSegments * segmentBytes);
            wanted += 2 * (long)((Int128)wanted * (_readBytes - _mostBytes) / _mostBytes);
            BufferBytes = (int)Math.Max(BufferBytes, Math.Min(wanted, maximumBytes));
            _mostBytes = _readBytes;
        }

        _readBytes = 0;
        _readSince = now;
    }
}
