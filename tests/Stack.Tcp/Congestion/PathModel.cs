using NetStack.Core;

namespace NetStack.Tcp.Tests;

/// <summary>
/// A sender, a bottleneck with a queue that drops at its end, and a receiver that acknowledges every segment at once and
/// tells what it has. Only what a congestion controller sees is modelled: window, pace, samples, losses.
/// </summary>
internal sealed class PathModel
{
    private const int SegmentBytes = 1000;
    private const int DuplicateThreshold = 3;

    private readonly ICongestionController _controller;
    private readonly Queue<(Instant Arrives, Sent Segment)> _acknowledgments = new();
    private readonly List<Sent> _outstanding = [];
    private long _sent;
    private long _acknowledged;
    private long _recover;
    private long _flight;
    private long _lossesToSend;
    private Instant _bottleneckFree;
    private Instant _nextSendAt;
    private Instant _deliveredAt;
    private Instant _firstSentAt;
    private long _limitedUntil;
    private Duration _smoothed;
    private Duration _minimum = Duration.Infinite;
    private RecoveryPhase _phase;

    public PathModel(ICongestionController controller, long bytesPerSecond, Duration roundTrip, long queueBytes)
    {
        _controller = controller;
        BytesPerSecond = bytesPerSecond;
        RoundTrip = roundTrip;
        QueueBytes = queueBytes;
        _deliveredAt = _firstSentAt = Now;
        controller.Established(SegmentBytes, false, roundTrip, Now);
        _smoothed = roundTrip;
    }

    public Instant Now { get; private set; } = new(1_000_000_000);

    public long BytesPerSecond { get; set; }

    public Duration RoundTrip { get; set; }

    public long QueueBytes { get; set; }

    /// <summary>What the application hands over in a second; all it can where 0.</summary>
    public long ApplicationBytesPerSecond { get; set; }

    public long DeliveredBytes { get; private set; }

    public long LostBytes { get; private set; }

    public Duration LatestRoundTrip { get; private set; }

    public long FlightBytes => _flight;

    public Action? AfterAcknowledgment { get; set; }

    /// <summary>Lets time pass.</summary>
    public void Run(Duration span)
    {
        Instant end = Now + span;
        Send();
        while (true)
        {
            Instant next = _acknowledgments.TryPeek(out (Instant Arrives, Sent Segment) first) ? first.Arrives : Instant.Never;
            Instant pace = _nextSendAt > Now && HasWindow() ? _nextSendAt : Instant.Never;
            Instant application = ApplicationBytesPerSecond > 0 ? Now + Duration.FromMilliseconds(1) : Instant.Never;
            next = Instant.Min(Instant.Min(next, pace), application);
            if (next > end)
            {
                Now = end;
                return;
            }

            Now = Instant.Max(Now, next);
            while (_acknowledgments.TryPeek(out first) && first.Arrives <= Now)
            {
                _acknowledgments.Dequeue();
                Acknowledge(first.Segment);
            }

            Send();
        }
    }

    private bool HasWindow() => _flight + SegmentBytes <= Math.Max(_controller.WindowBytes, SegmentBytes);

    private long Supply => ApplicationBytesPerSecond == 0
        ? long.MaxValue
        : (long)((Int128)(Now.Nanoseconds - 1_000_000_000) * ApplicationBytesPerSecond / 1_000_000_000);

    private void Send()
    {
        while (HasWindow() && _nextSendAt <= Now)
        {
            bool isRepair = _lossesToSend > 0;
            if (!isRepair && _sent + SegmentBytes > Supply)
            {
                _limitedUntil = DeliveredBytes + _flight;
                return;
            }

            if (_flight == 0)
            {
                _controller.Restarted(Now - _deliveredAt, Duration.FromSeconds(1), Now);
                _deliveredAt = _firstSentAt = Now;
            }

            long sequence = isRepair ? _outstanding.First(segment => segment is { IsLost: true, IsSentAgain: false }).Sequence : _sent;
            Launch(sequence, isRepair);
            if (_controller.PacingBytesPerSecond is var rate && rate > 0)
            {
                _nextSendAt = Instant.Max(_nextSendAt, Now) + new Duration(SegmentBytes * 1_000_000_000L / rate);
            }
        }
    }

    private void Launch(long sequence, bool isRepair)
    {
        Sent segment;
        if (isRepair)
        {
            _lossesToSend -= SegmentBytes;
            _outstanding.First(lost => lost.Sequence == sequence).IsSentAgain = true;
            segment = _outstanding.First(lost => lost.Sequence == sequence);
        }
        else
        {
            segment = new Sent { Sequence = sequence };
            _outstanding.Add(segment);
            _sent += SegmentBytes;
        }

        _flight += SegmentBytes;
        segment.SentAt = Now;
        segment.PriorDelivered = DeliveredBytes;
        segment.PriorDeliveredAt = _deliveredAt;
        segment.FirstSentAt = _firstSentAt;
        segment.IsLimited = _limitedUntil > DeliveredBytes;
        long waiting = (long)((Int128)Math.Max((_bottleneckFree - Now).Nanoseconds, 0) * BytesPerSecond / 1_000_000_000);
        if (waiting + SegmentBytes > QueueBytes + SegmentBytes)
        {
            LostBytes += SegmentBytes;
            return;
        }

        _bottleneckFree = Instant.Max(_bottleneckFree, Now) + new Duration(SegmentBytes * 1_000_000_000L / BytesPerSecond);
        _acknowledgments.Enqueue((_bottleneckFree + RoundTrip, segment));
    }

    private void Acknowledge(Sent segment)
    {
        long prior = _flight;
        _flight -= SegmentBytes;
        DeliveredBytes += SegmentBytes;
        segment.IsDelivered = true;
        LatestRoundTrip = segment.IsSentAgain ? Duration.Zero : Now - segment.SentAt;
        Duration interval = Duration.Max(segment.SentAt - segment.FirstSentAt, Now - segment.PriorDeliveredAt);
        _firstSentAt = segment.SentAt;
        _deliveredAt = Now;
        if (LatestRoundTrip > Duration.Zero)
        {
            _smoothed = ((_smoothed * 7) + LatestRoundTrip) / 8;
            _minimum = Duration.Min(_minimum, LatestRoundTrip);
        }

        long before = _acknowledged;
        while (_outstanding.Count > 0 && _outstanding[0].IsDelivered)
        {
            _outstanding.RemoveAt(0);
            _acknowledged += SegmentBytes;
        }

        long lost = FindLosses(segment);
        RecoveryPhase phase = _phase;
        if (lost > 0 && _phase == RecoveryPhase.None)
        {
            _phase = phase = RecoveryPhase.Loss;
            _recover = _sent;
            _controller.EnterRecovery(Math.Min(_sent - _acknowledged, _controller.WindowBytes), CongestionSignal.Loss, Now);
        }
        else if (_phase == RecoveryPhase.Loss && _acknowledged >= _recover)
        {
            _phase = RecoveryPhase.None;
            _controller.LeaveRecovery(_flight, Now);
        }

        _controller.Acknowledged(new CongestionSample
        {
            Now = Now,
            AcknowledgedBytes = _acknowledged - before,
            DeliveredBytes = SegmentBytes,
            LostBytes = lost,
            PriorFlightBytes = prior,
            LargestFlightBytes = prior,
            FlightBytes = _flight,
            RoundTrip = LatestRoundTrip,
            SmoothedRoundTrip = _smoothed,
            MinimumRoundTrip = _minimum,
            Acknowledgment = new SequenceNumber(unchecked((uint)_acknowledged)),
            SendNext = new SequenceNumber(unchecked((uint)_sent)),
            Phase = phase,
            IsWindowLimited = ApplicationBytesPerSecond == 0,
            TotalDeliveredBytes = DeliveredBytes,
            PriorDeliveredBytes = segment.PriorDelivered,
            RateInterval = interval,
            RateBytes = DeliveredBytes - segment.PriorDelivered,
            IsApplicationLimited = segment.IsLimited,
        });
        AfterAcknowledgment?.Invoke();
    }

    private long FindLosses(Sent delivered)
    {
        long lost = 0;
        foreach (Sent segment in _outstanding)
        {
            if (segment.Sequence + (DuplicateThreshold * SegmentBytes) > delivered.Sequence)
            {
                break;
            }

            if (!segment.IsDelivered && !segment.IsLost)
            {
                segment.IsLost = true;
                lost += SegmentBytes;
            }
        }

        _flight -= lost;
        _lossesToSend += lost;
        return lost;
    }

    private sealed class Sent
    {
        public long Sequence;
        public Instant SentAt;
        public long PriorDelivered;
        public Instant PriorDeliveredAt;
        public Instant FirstSentAt;
        public bool IsLimited;
        public bool IsDelivered;
        public bool IsLost;
        public bool IsSentAgain;
    }
}
