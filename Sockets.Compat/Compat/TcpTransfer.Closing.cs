using System.Net.Sockets;

namespace NetStack.Sockets;

/// <content>Shutting down and closing.</content>
internal sealed partial class TcpTransfer
{
    private const int SentPollMilliseconds = 5;

    /// <summary>Ends one direction or both: what was queued is still sent, what arrives can still be received.</summary>
    public void Shutdown(SocketShutdown how)
    {
        if (how is SocketShutdown.Receive or SocketShutdown.Both)
        {
            _isReceiveShut = true;
            Input.CancelPendingRead();
        }

        if (how is SocketShutdown.Send or SocketShutdown.Both)
        {
            _isSendShut = true;
            Output.CancelPendingFlush();
            SettleSending();
        }
    }

    /// <summary>Closes both directions; operations under way fail.</summary>
    /// <param name="isAbortive">Whether to reset the connection instead of finishing it.</param>
    public void Close(bool isAbortive)
    {
        _isClosed = true;
        if (isAbortive)
        {
            Connection.Abort();
        }

        Input.CancelPendingRead();
        Output.CancelPendingFlush();
        SettleReceiving();
        SettleSending();
    }

    /// <summary>Waits until the peer has acknowledged what was sent, the connection is gone, or the time is up.</summary>
    /// <param name="timeout">The longest wait; <see cref="Timeout.InfiniteTimeSpan"/> does not end it.</param>
    public async Task WaitSentAsync(TimeSpan timeout)
    {
        // TCP tells its owner of room, not of the last acknowledgment: ask now and then.
        using CancellationTokenSource end = new(timeout);
        try
        {
            while (!await Connection.Loop.CallAsync(_ => Connection.Pipe.IsSent).ConfigureAwait(false))
            {
                await Task.Delay(SentPollMilliseconds, end.Token).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The time is up, or the stack has ended.
        }
    }

    /// <summary>The error that was not told yet.</summary>
    public SocketError PendingError =>
        Connection.Closed.IsCompletedSuccessfully && Volatile.Read(ref _isErrorTold) == 0 && !Connection.Pipe.IsReceiveFinished
            ? SocketErrors.ToSocketError(Connection.Closed.Result)
            : SocketError.Success;

    private void LeaveReceiving()
    {
        _receiving.Leave();
        SettleReceiving();
    }

    private void LeaveSending()
    {
        _sending.Leave();
        SettleSending();
    }

    /// <summary>Completes the pipe once the socket is closed and nobody uses it any more: whoever comes last does it.</summary>
    private void SettleReceiving()
    {
        if (_isClosed && _receiving.TryEnter())
        {
            Input.Complete();
            _receiving.Leave();
        }
    }

    private void SettleSending()
    {
        if ((_isClosed || _isSendShut) && _sending.TryEnter())
        {
            Output.Complete();
            _sending.Leave();
        }
    }
}
