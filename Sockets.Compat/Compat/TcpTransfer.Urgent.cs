using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace NetStack.Sockets;

/// <content>
/// Urgent data as the sockets of Linux show it: its last byte is out of band, taken by itself, unless the socket wants it in
/// line; a receive never crosses it without having stopped before it.
/// </content>
internal sealed partial class TcpTransfer
{
    // Behind the gate of the receivers. A mark is a position in the stream behind an urgent byte; 0 is none.
    private byte _urgentByte;
    private long _capturedMark;
    private long _takenMark;
    private long _passedMark;

    /// <summary>Whether the urgent byte stays among the others.</summary>
    public bool IsUrgentInline { get; set; }

    private long UrgentMark => Connection.Pipe.UrgentMark;

    private long Position => Connection.Pipe.ReadPosition;

    /// <summary>Whether what comes next is the urgent byte, or what follows it where the byte is out of band.</summary>
    public bool IsAtMark
    {
        get
        {
            if (!_receiving.TryEnter())
            {
                return false;
            }

            try
            {
                return IsBeforeUrgentByte() || IsBehindCapturedByte();
            }
            finally
            {
                LeaveReceiving();
            }
        }
    }

    /// <summary>Whether there is an urgent byte to take.</summary>
    public bool HasUrgent
    {
        get
        {
            if (!_receiving.TryEnter())
            {
                return false;
            }

            try
            {
                return _takenMark != UrgentMark && TryLookUrgent(out bool isPresent, out _, out _) && isPresent;
            }
            catch (SocketException)
            {
                return false;
            }
            finally
            {
                LeaveReceiving();
            }
        }
    }

    /// <summary>Takes the urgent byte, without waiting for it.</summary>
    public int ReceiveUrgent(Span<byte> buffer, bool isPeek)
    {
        if (!_receiving.TryEnter())
        {
            throw new SocketException((int)SocketError.WouldBlock);
        }

        try
        {
            return TryReceiveUrgent(buffer, isPeek, out int received) ? received : throw new SocketException((int)SocketError.WouldBlock);
        }
        finally
        {
            LeaveReceiving();
        }
    }

    /// <summary>Takes the urgent byte, and waits for it where it was told of and has not arrived.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveUrgentAsync(Memory<byte> buffer, bool isPeek, CancellationToken cancellationToken)
    {
        await _receiving.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int received;
            while (!TryReceiveUrgent(buffer.Span, isPeek, out received))
            {
                await WaitForNewsAsync(cancellationToken).ConfigureAwait(false);
            }

            return received;
        }
        finally
        {
            LeaveReceiving();
        }
    }

    /// <returns>False where the byte has not arrived.</returns>
    private bool TryReceiveUrgent(Span<byte> buffer, bool isPeek, out int received)
    {
        received = 0;
        long mark = UrgentMark;
        if (IsUrgentInline || mark == _takenMark || !TryLookUrgent(out bool isPresent, out byte value, out bool isFinished))
        {
            throw new SocketException((int)SocketError.InvalidArgument);
        }

        if (!isPresent)
        {
            return isFinished;
        }

        _takenMark = isPeek ? _takenMark : mark;
        if (!buffer.IsEmpty)
        {
            buffer[0] = value;
            received = 1;
        }

        return true;
    }

    /// <returns>False where there is no urgent byte that was not passed.</returns>
    private bool TryLookUrgent(out bool isPresent, out byte value, out bool isFinished)
    {
        isPresent = IsBehindCapturedByte();
        isFinished = false;
        value = _urgentByte;
        if (isPresent)
        {
            return true;
        }

        long ahead = UrgentMark - 1 - Position;
        if (ahead < 0)
        {
            return false;
        }

        if (Input.TryRead(out ReadResult result))
        {
            isFinished = result.IsCompleted;
            isPresent = result.Buffer.Length > ahead;
            if (isPresent)
            {
                value = result.Buffer.Slice(ahead).FirstSpan[0];
            }

            LookedAt(result);
        }

        return true;
    }

    private bool IsBeforeUrgentByte() => UrgentMark is var mark and > 0 && Position == mark - 1;

    private bool IsBehindCapturedByte() =>
        UrgentMark is var mark and > 0 && _capturedMark == mark && Position == mark && _passedMark != mark;

    /// <summary>Reads, but not across the urgent byte; where that is next and out of band it is put aside first.</summary>
    /// <param name="result">The read, to be ended.</param>
    /// <param name="available">What a receive may take of it.</param>
    /// <returns>False where there is nothing to read now.</returns>
    private bool TryReadToMark(out ReadResult result, out ReadOnlySequence<byte> available)
    {
        while (true)
        {
            available = default;
            if (!Input.TryRead(out result))
            {
                return false;
            }

            available = result.Buffer;
            long ahead = UrgentMark - 1 - Position;
            if (ahead > 0 && ahead < available.Length)
            {
                available = available.Slice(0, ahead);
            }

            if (ahead != 0 || IsUrgentInline || available.IsEmpty)
            {
                return true;
            }

            _urgentByte = available.FirstSpan[0];
            _capturedMark = UrgentMark;
            Input.AdvanceTo(available.GetPosition(1));
        }
    }

    /// <summary>A receive goes on behind the mark: the byte before it can be taken no more.</summary>
    private void PassMark()
    {
        if (IsBehindCapturedByte())
        {
            _passedMark = _capturedMark;
        }
    }
}
