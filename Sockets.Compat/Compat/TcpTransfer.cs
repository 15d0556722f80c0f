using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>
/// A connection as a stream socket sees it: any number of callers, one at a time and in order; an error is told once, what
/// follows it is the end of the stream to a reader and a broken pipe to a writer.
/// </summary>
internal sealed partial class TcpTransfer(NetworkStack stack, NetworkConnection connection)
{
    private const int FlushAboveBytes = 64 * 1024;

    private readonly Gate _receiving = new();
    private readonly Gate _sending = new();
    private volatile bool _isSendShut;
    private volatile bool _isReceiveShut;
    private volatile bool _isClosed;
    private int _isErrorTold;

    public NetworkConnection Connection { get; } = connection;

    private PipeReader Input => Connection.Input;

    private PipeWriter Output => Connection.Output;

    // ---- receiving

    /// <summary>Receives what there is, and waits while there is nothing.</summary>
    /// <returns>The bytes copied; 0 at the end of the stream, or for an empty buffer once there is something.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, bool isPeek, CancellationToken cancellationToken)
    {
        await _receiving.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int received;
            while (!TryReceive(buffer.Span, isPeek, SocketError.OperationAborted, out received))
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

    /// <summary>As <see cref="ReceiveAsync"/>, but blocks.</summary>
    public int Receive(Span<byte> buffer, bool isPeek, CancellationToken timeout)
    {
        _receiving.Enter(timeout);
        try
        {
            int received;
            while (!TryReceive(buffer, isPeek, SocketError.ConnectionAborted, out received))
            {
                stack.Block(WaitForNewsAsync(timeout));
            }

            return received;
        }
        finally
        {
            LeaveReceiving();
        }
    }

    /// <summary>Receives what there is.</summary>
    /// <returns>False where there is nothing now.</returns>
    public bool TryReceive(Span<byte> buffer, bool isPeek, out int received)
    {
        received = 0;
        if (!_receiving.TryEnter())
        {
            return false;
        }

        try
        {
            return TryReceive(buffer, isPeek, SocketError.ConnectionAborted, out received);
        }
        finally
        {
            LeaveReceiving();
        }
    }

    /// <summary>The bytes that can be received at once.</summary>
    public int Available => LookAhead().Bytes;

    /// <summary>Whether a receive would not wait: there are bytes, the stream has ended, or there is an error.</summary>
    public bool IsReadable => LookAhead().IsReadable;

    /// <summary>Waits until a receive would not wait: there are bytes, the stream has ended, or there is an error.</summary>
    public async ValueTask<bool> WaitReadableAsync(CancellationToken cancellationToken)
    {
        await _receiving.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!_isClosed && !TryLook(out _))
            {
                await WaitForNewsAsync(cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        finally
        {
            LeaveReceiving();
        }
    }

    // ---- sending

    /// <summary>Sends all of the payload; returns when it is queued. Where it is urgent, its last byte is out of band.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> payload, bool isUrgent, CancellationToken cancellationToken)
    {
        await _sending.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int sent = 0;
            do
            {
                ThrowIfSendShut(SocketError.OperationAborted);
                if (Connection.Pipe.IsOutputClosed)
                {
                    throw BrokenBy(await Connection.Closed.ConfigureAwait(false));
                }

                int part = Math.Min(payload.Length - sent, FlushAboveBytes);
                Output.Write(payload.Span.Slice(sent, part));
                sent += part;
                MarkUrgent(isUrgent && sent == payload.Length && part > 0);
                await Output.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
            while (sent < payload.Length);

            return sent;
        }
        finally
        {
            LeaveSending();
        }
    }

    /// <summary>As <see cref="SendAsync"/>, but blocks.</summary>
    public int Send(ReadOnlySpan<byte> payload, bool isUrgent, CancellationToken timeout)
    {
        _sending.Enter(timeout);
        try
        {
            int sent = 0;
            do
            {
                ThrowIfSendShut(SocketError.ConnectionAborted);
                ThrowIfBroken();
                int part = Math.Min(payload.Length - sent, FlushAboveBytes);
                Output.Write(payload.Slice(sent, part));
                sent += part;
                MarkUrgent(isUrgent && sent == payload.Length && part > 0);
                stack.Block(Output.FlushAsync(timeout));
            }
            while (sent < payload.Length);

            return sent;
        }
        finally
        {
            LeaveSending();
        }
    }

    /// <summary>Sends as much of the payload as there is room for.</summary>
    /// <returns>False where there is no room now.</returns>
    public bool TrySend(ReadOnlySpan<byte> payload, bool isUrgent, out int sent)
    {
        sent = 0;
        if (!_sending.TryEnter())
        {
            return false;
        }

        try
        {
            ThrowIfSendShut(SocketError.ConnectionAborted);
            ThrowIfBroken();
            bool hasRoom;
            while ((hasRoom = TryFlush()) && sent < payload.Length)
            {
                int part = Math.Min(payload.Length - sent, FlushAboveBytes);
                Output.Write(payload.Slice(sent, part));
                sent += part;
                MarkUrgent(isUrgent && sent == payload.Length);
            }

            return hasRoom || sent > 0;
        }
        finally
        {
            LeaveSending();
        }
    }

    // ---- private

    private bool TryReceive(Span<byte> buffer, bool isPeek, SocketError ifClosed, out int received)
    {
        received = 0;
        if (_isClosed)
        {
            return _isReceiveShut ? true : throw new SocketException((int)ifClosed);
        }

        ReadResult result;
        ReadOnlySequence<byte> available;
        try
        {
            bool isRead = TryReadToMark(out result, out available);
            if (!isPeek)
            {
                PassMark();
            }

            if (!isRead)
            {
                return _isReceiveShut;
            }
        }
        catch (SocketException) when (Interlocked.Exchange(ref _isErrorTold, 1) != 0)
        {
            return true;
        }

        if (available.IsEmpty || buffer.IsEmpty)
        {
            LookedAt(result);
            return !available.IsEmpty || result.IsCompleted || _isReceiveShut;
        }

        received = (int)Math.Min(available.Length, buffer.Length);
        ReadOnlySequence<byte> part = available.Slice(0, received);
        part.CopyTo(buffer);
        Input.AdvanceTo(isPeek ? available.Start : part.End);
        return true;
    }

    private (bool IsReadable, int Bytes) LookAhead()
    {
        if (!_receiving.TryEnter())
        {
            // Somebody waits for bytes: there are none.
            return (false, 0);
        }

        try
        {
            bool isReadable = TryLook(out long bytes);
            return (isReadable, (int)Math.Min(bytes, int.MaxValue));
        }
        finally
        {
            LeaveReceiving();
        }
    }

    /// <returns>Whether a receive would return, or throw.</returns>
    private bool TryLook(out long bytes)
    {
        bytes = 0;
        try
        {
            if (!TryReadToMark(out ReadResult result, out ReadOnlySequence<byte> available))
            {
                return _isReceiveShut;
            }

            // Behind the mark there is something to read, but none of it counts before the mark is passed.
            bytes = IsBehindCapturedByte() ? 0 : IsUrgentInline ? result.Buffer.Length : available.Length;
            LookedAt(result);
            return !available.IsEmpty || result.IsCompleted || _isReceiveShut;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitForNewsAsync(CancellationToken cancellationToken)
    {
        try
        {
            LookedAt(await Input.ReadAsync(cancellationToken).ConfigureAwait(false));
            return true;
        }
        catch (SocketException)
        {
            // The next look sees it again, and tells it.
            return false;
        }
    }

    /// <summary>Ends a read that takes nothing: the next one sees the same again.</summary>
    private void LookedAt(in ReadResult result) => Input.AdvanceTo(result.Buffer.Start, result.Buffer.Start);

    private void MarkUrgent(bool isEnd)
    {
        if (isEnd)
        {
            Connection.Pipe.MarkUrgent();
        }
    }

    /// <returns>Whether the flushed bytes leave room for more.</returns>
    private bool TryFlush()
    {
        ValueTask<FlushResult> flush = Output.FlushAsync(CancellationToken.None);
        bool hasRoom = flush.IsCompleted;
        if (!hasRoom)
        {
            Output.CancelPendingFlush();
        }

        stack.Block(flush);
        return hasRoom;
    }

    /// <remarks>Asked before bytes are written: those that are accepted and never arrive are the next call's news, as with the platform's.</remarks>
    private void ThrowIfBroken()
    {
        if (Connection.Pipe.IsOutputClosed)
        {
            throw BrokenBy(stack.Block(new ValueTask<TcpError>(Connection.Closed)));
        }
    }

    private SocketException BrokenBy(TcpError error)
    {
        // A peer that had finished before it reset does not want to be written to: no error of the connection, a broken pipe.
        bool isNews = error != TcpError.None && !Connection.Pipe.IsReceiveFinished && Interlocked.Exchange(ref _isErrorTold, 1) == 0;
        return new SocketException((int)(isNews ? SocketErrors.ToSocketError(error) : SocketError.Shutdown));
    }

    private void ThrowIfSendShut(SocketError ifClosed)
    {
        if (_isClosed || _isSendShut)
        {
            throw new SocketException((int)(_isClosed ? ifClosed : SocketError.Shutdown));
        }
    }
}
