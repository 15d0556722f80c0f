using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>
/// One connection: the variables of RFC 9293 and the machine that works on them. Segments and timers come in, commands
/// come from the owner, segments are pulled out (<see cref="TryTransmit"/>). One loop only.
/// </summary>
/// <remarks>RFC 9293 §3.3.1, §3.10.</remarks>
public sealed partial class TcpConnection : ControlBlock
{
    /// <summary>What a connection takes of the heap, or a little less. Only the caches are told.</summary>
    internal const int SizeBytes = 656;

    private readonly TcpDemultiplexer _tcp;
    private TcpConnectionOptions _options;
    private IpPath? _path;
    private ICongestionController? _congestion;
    private Reassembly? _reassembly;
    private SendQueue _sendQueue;
    private ReceiveQueue _receiveQueue;
    private RttEstimator _rtt;
    private ReceiveWindowTuning _receiveTuning;
    private int _tunedSendBufferBytes;

    // Send sequence variables: ISS, SND.UNA, SND.NXT, SND.WL1, SND.WL2, SND.WND. SND.MAX is beyond SND.NXT by the byte of
    // a window probe, which is not counted as sent before the peer acknowledges it.
    private SequenceNumber _initialSendSequence;
    private SequenceNumber _sendUnacknowledged;
    private SequenceNumber _sendNext;
    private SequenceNumber _sendMaximum;
    private SequenceNumber _sendWindowSequence;
    private SequenceNumber _sendWindowAcknowledgment;
    private int _sendWindow;
    private int _largestSendWindow;

    // Receive sequence variables: IRS, RCV.NXT; RCV.WND is the distance from RCV.NXT to the right edge, which never moves left.
    private SequenceNumber _initialReceiveSequence;
    private SequenceNumber _receiveNext;
    private SequenceNumber _receiveRightEdge;
    private SequenceNumber _lastAcknowledgmentSent;

    // Sizes.
    private int _pathMtuBytes;
    private int _segmentBytes;
    private int _receiveSegmentBytes;
    private ushort _peerMaximumSegmentBytes;
    private byte _sendScale;
    private byte _receiveScale;

    private bool _usesTimestamps;
    private bool _usesWindowScale;
    private bool _usesSack;
    private bool _isActiveOpen;
    private bool _isOwned;
    private bool _isReceiveStopped;

    // The application has read since payload was refused for want of memory.
    private bool _isReading;
    private bool _isFinQueued;
    private bool _isFinSent;
    private PendingOutput _pending;
    private TcpEvents _events;
    private TcpError _softError;

    internal TcpConnection(TcpDemultiplexer tcp, IpEndPoint local, IpEndPoint remote, TcpConnectionOptions options, IpPath path)
        : base(local, remote)
    {
        _tcp = tcp;
        _options = options;
        _path = path;
        NoDelay = options.NoDelay;
    }

    /// <summary>The state.</summary>
    public TcpState State { get; private set; }

    /// <summary>Why the connection ended; <see cref="TcpError.None"/> before that, and after an orderly end.</summary>
    public TcpError Error { get; private set; }

    /// <summary>
    /// Trouble that has not ended the connection: what an ICMP error told, or <see cref="TcpError.TimedOut"/> where segments
    /// were sent again and again in vain. <see cref="TcpError.None"/> once the peer has acknowledged something new.
    /// </summary>
    /// <remarks>RFC 9293 §3.9.1.8 (MUST-47); <see cref="TcpEvents.SoftError"/> tells of each.</remarks>
    public TcpError SoftError => _softError;

    /// <summary>The owner's own; the stack does not look at it.</summary>
    public object? User { get; set; }

    /// <summary>Whether small segments leave at once although earlier ones are not acknowledged (no Nagle algorithm).</summary>
    /// <remarks>RFC 9293 §3.7.4. Takes effect with the next segment; see <see cref="Change"/> to have it at once.</remarks>
    public bool NoDelay { get; set; }

    /// <summary>Whether only full segments leave, until <see cref="Uncork"/>.</summary>
    public bool IsCorked { get; private set; }

    /// <summary>The choices of the connection.</summary>
    public TcpConnectionOptions Options => _options;

    /// <summary>The payload the connection takes in before the application has read any. May be read by any thread.</summary>
    public int ReceiveBufferBytes => _options.ReceiveBufferBytes > 0
        ? _options.ReceiveBufferBytes
        : Math.Max(_receiveTuning.BufferBytes, _options.InitialReceiveBufferBytes);

    /// <summary>The payload that waits to be sent or acknowledged before the application has to wait. May be read by any thread.</summary>
    public int SendBufferBytes => _options.SendBufferBytes > 0
        ? _options.SendBufferBytes
        : Math.Max(_tunedSendBufferBytes, _options.InitialSendBufferBytes);

    /// <summary>
    /// The free room of the send buffer, or less where memory runs short; not above zero where the owner should wait for
    /// <see cref="TcpEvents.Writable"/>.
    /// </summary>
    public int SendRoomBytes => (int)Math.Clamp(SendAllowanceBytes - _sendQueue.LengthBytes, int.MinValue, int.MaxValue);

    /// <summary>The payload appended and not yet acknowledged, whether sent or not.</summary>
    public long QueuedBytes => _sendQueue.LengthBytes;

    /// <summary>The payload sent and not yet acknowledged.</summary>
    public long UnacknowledgedBytes => Math.Min(Math.Max(_sendNext - _sendQueue.Start, 0), _sendQueue.LengthBytes);

    /// <summary>The payload that has arrived in order and was not taken.</summary>
    public int ReceivedBytes => _receiveQueue.LengthBytes;

    /// <summary>Whether the peer has finished sending and everything before that has been taken.</summary>
    public bool IsReceiveFinished => HasReceivedFin && _receiveQueue.LengthBytes == 0;

    /// <summary>The payload of a full segment.</summary>
    public int SegmentBytes => _segmentBytes;

    /// <summary>The smoothed round-trip time; zero before the first measurement.</summary>
    public Duration RoundTripTime => _rtt.Smoothed;

    /// <summary>The congestion controller; null before the connection is established.</summary>
    public ICongestionController? Congestion => _congestion;

    /// <summary>Whether the FIN of the peer was received.</summary>
    internal bool HasReceivedFin { get; private set; }

    internal TcpDemultiplexer Demultiplexer => _tcp;

    internal TcpListenEndpoint? Listener { get; private set; }

    // Links of the demultiplexer's lists.
    internal TcpConnection? NextReady;
    internal TcpConnection? NextInList;
    internal TcpConnection? PreviousInList;
    internal ConnectionListKind ListKind;
    internal bool IsReady;

    private PacketPool Pool => _tcp.Host.Pool;

    private Counters Counters => _tcp.Host.Counters;

    /// <summary>Whether the owner has closed the connection and the machine finishes alone.</summary>
    private bool IsOrphan => !_isOwned && Listener is null;

    /// <summary>The events since the last call; clears them.</summary>
    public TcpEvents TakeEvents()
    {
        TcpEvents events = _events;
        _events = TcpEvents.None;
        _tcp.Unlist(this);
        return events;
    }

    /// <summary>Starts as a connection opened by us.</summary>
    internal void OpenActively(SequenceNumber initialSequence, uint timestampOffset)
    {
        _isActiveOpen = true;
        _isOwned = true;
        State = TcpState.SynSent;
        _timestampOffset = timestampOffset;
        StartSending(initialSequence);
        _pending |= PendingOutput.Synchronize;
        MarkReady();
    }

    /// <summary>Starts as a connection opened by a peer's SYN.</summary>
    internal void OpenPassively(
        TcpListenEndpoint listener, SequenceNumber initialSequence, uint timestampOffset, in Segment syn, Instant now)
    {
        StartPassively(listener, initialSequence, timestampOffset, syn, now);
        _pending |= PendingOutput.Synchronize;
        MarkReady();
    }

    /// <summary>Starts as a connection whose SYN was answered with a cookie, which has come back.</summary>
    internal void OpenByCookie(
        TcpListenEndpoint listener, SequenceNumber initialSequence, uint timestampOffset, in Segment syn, Instant now)
    {
        StartPassively(listener, initialSequence, timestampOffset, syn, now);
        _sendNext = _sendMaximum = initialSequence + 1;
    }

    private void StartPassively(
        TcpListenEndpoint listener, SequenceNumber initialSequence, uint timestampOffset, in Segment syn, Instant now)
    {
        Listener = listener;
        State = TcpState.SynReceived;
        _lastArrival = now;
        _timestampOffset = timestampOffset;
        StartSending(initialSequence);
        TakeSyn(syn, now);
    }

    /// <summary>The application has taken the connection over.</summary>
    internal void Accepted()
    {
        Listener = null;
        _isOwned = true;
        if (_receiveQueue.LengthBytes > 0 || HasReceivedFin)
        {
            Raise(TcpEvents.Readable);
        }
    }

    /// <summary>Puts the connection on the list of those that may have something to send.</summary>
    private void MarkReady() => _tcp.AddReady(this);

    private void Raise(TcpEvents events)
    {
        if (_isOwned)
        {
            _events |= events;
            _tcp.AddActive(this);
        }
    }

    private void StartSending(SequenceNumber initialSequence)
    {
        _initialSendSequence = initialSequence;
        _sendUnacknowledged = initialSequence;
        _sendNext = initialSequence;
        _sendMaximum = initialSequence;
        _sendQueue.StartAt(initialSequence + 1);
        _recover = initialSequence + 1;
        _smallSegmentEnd = initialSequence;
    }

    /// <summary>Ends the connection: it leaves the table, its timers stop, its queues are returned.</summary>
    private void Terminate(TcpError error, bool keepsReceived = false)
    {
        if (State is TcpState.Closed or TcpState.TimeWait)
        {
            return;
        }

        if (State is TcpState.SynSent or TcpState.SynReceived)
        {
            Counters.Increment(Counter.TcpFailedOpens);
        }

        State = TcpState.Closed;
        Error = error;
        Leave(keepsReceived || error == TcpError.None);
    }

    /// <summary>Leaves a small record behind that answers for the connection until its last segments are gone.</summary>
    /// <remarks>RFC 9293 §3.6.1.</remarks>
    private void EnterTimeWait(Instant now)
    {
        if ((_pending & PendingOutput.Acknowledgment) != 0)
        {
            TransmitAcknowledgment(now);
        }

        State = TcpState.TimeWait;
        Leave(keepsReceived: true);
        _tcp.AddTimeWait(
            new TimeWaitBlock(_tcp, LocalEndPoint, RemoteEndPoint)
            {
                SendNext = _sendNext,
                ReceiveNext = _receiveNext,
                ReceiveWindow = (ushort)Math.Clamp(_receiveRightEdge - _receiveNext >> _receiveScale, 0, ushort.MaxValue),
                ReceiveScale = _receiveScale,
                UsesTimestamps = _usesTimestamps,
                TimestampOffset = _timestampOffset,
                TimestampRecent = _timestampRecent,
                TrafficClass = TrafficClass,
            },
            now);
    }

    private void Leave(bool keepsReceived)
    {
        _tcp.Host.Timers.Cancel(this);
        _retransmitDeadline = _acknowledgmentDeadline = _idleDeadline = Instant.Never;
        _pending = PendingOutput.None;
        ReleaseFlight();
        _sendQueue.Clear(_tcp.Memory);
        EndFastOpen();
        _reassembly?.Clear();
        _reassembly = null;
        if (!keepsReceived || _isReceiveStopped || !_isOwned)
        {
            _receiveQueue.Clear(_tcp.Memory);
        }

        _receiveQueue.Forget(_tcp.Memory);
        _tcp.Remove(this);
        Listener?.Remove(this);
        Listener = null;
        Raise(TcpEvents.Closed);
    }
}
