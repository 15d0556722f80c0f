using System.Buffers;
using System.IO.Pipelines;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The two directions.</summary>
internal sealed partial class VchanPump
{
    // What is asked of a pipe at once: a ring's worth of the usual size.
    private const int PieceBytes = 16 * 1024;

    // Kept over turns: each rings as it completes, and is then consumed once (which is what CA2012 asks for).
    private ValueTask<FlushResult> _flush;
    private ValueTask<ReadResult> _read;
    private bool _isFlushing;
    private bool _isReading;
    private bool _isRingEmpty;
    private bool _isInputUnwanted;
    private bool _isOutputDone;

    /// <summary>From the ring to the application, while it takes it.</summary>
    /// <returns>Whether any byte was carried.</returns>
    private bool Receive(VchanPage page)
    {
        int left = BytesATurn;
        while (left > 0 && !IsFlushUnderWay())
        {
            int ready = Ready(page, page.Receive, VchanLayout.NotifyWrite);
            _isRingEmpty = ready == 0;
            if (_isRingEmpty)
            {
                break;
            }

            Memory<byte> piece = _isInputUnwanted ? default : _input.Writer.GetMemory(Math.Min(ready, PieceBytes));
            int length = _isInputUnwanted ? ready : Math.Min(ready, piece.Length);
            if (_isInputUnwanted)
            {
                // Nobody reads any more; a peer that waits for room is not to wait for ever.
                page.Receive.Skip(length);
            }
            else
            {
                page.Receive.Read(piece.Span[..length]);
                _input.Writer.Advance(length);
                StartFlush();
            }

            left -= length;
            Tell(page, VchanLayout.NotifyRead);
        }

        return left < BytesATurn;
    }

    /// <summary>From the application to the ring, while there is room.</summary>
    /// <returns>Whether any byte was carried.</returns>
    private bool Transmit(VchanPage page)
    {
        int left = BytesATurn;
        while (left > 0 && !_isOutputDone && TryRead(out ReadResult flushed))
        {
            ReadOnlySequence<byte> buffer = flushed.Buffer;
            int room = buffer.IsEmpty ? 0 : Ready(page, page.Transmit, VchanLayout.NotifyRead);
            int length = _isPeerGone ? (int)Math.Min(buffer.Length, int.MaxValue) : (int)Math.Min(room, buffer.Length);
            if (!_isPeerGone)
            {
                foreach (ReadOnlyMemory<byte> piece in buffer.Slice(0, length))
                {
                    page.Transmit.Write(piece.Span);
                }
            }

            _output.Reader.AdvanceTo(buffer.GetPosition(length));
            _isOutputDone = flushed.IsCompleted && length == buffer.Length;
            if (_isOutputDone || _isPeerGone)
            {
                // Where the peer is gone a flush says so.
                _isOutputDone = true;
                _output.Reader.Complete();
            }

            if (length == 0)
            {
                break;
            }

            left -= length;
            Tell(page, VchanLayout.NotifyWrite);
        }

        return left < BytesATurn;
    }

    /// <summary>How many bytes can be carried. Where there are none the peer has been asked to ring, and has been looked at once more.</summary>
    private int Ready(VchanPage page, VchanRing ring, uint wish)
    {
        bool isHonest = ring.TryMeasure(out int ready);
        if (isHonest && ready == 0)
        {
            page.Want(wish);
            isHonest = ring.TryMeasure(out ready);
        }

        return isHonest ? ready : throw VchanFailure.Index(Name, ring == page.Receive, ring.SizeBytes);
    }

    private void Tell(VchanPage page, uint what)
    {
        if (page.TakeWish(what))
        {
            _events.Notify(_port);
        }
    }

    private void StartFlush()
    {
#pragma warning disable CA2012
        _flush = _input.Writer.FlushAsync();
#pragma warning restore CA2012
        _isFlushing = true;
        if (!_flush.IsCompleted)
        {
            _flush.GetAwaiter().UnsafeOnCompleted(_ring);
        }
    }

    private bool IsFlushUnderWay()
    {
        if (_isFlushing && _flush.IsCompleted)
        {
            _isFlushing = false;
            _isInputUnwanted = _flush.Result.IsCompleted;
        }

        return _isFlushing;
    }

    private bool TryRead(out ReadResult flushed)
    {
        if (!_isReading)
        {
#pragma warning disable CA2012
            _read = _output.Reader.ReadAsync();
#pragma warning restore CA2012
            _isReading = true;
            if (!_read.IsCompleted)
            {
                _read.GetAwaiter().UnsafeOnCompleted(_ring);
            }
        }

        if (!_read.IsCompleted)
        {
            flushed = default;
            return false;
        }

        _isReading = false;
        flushed = _read.Result;
        return true;
    }
}
