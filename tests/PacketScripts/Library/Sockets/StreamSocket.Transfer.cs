using NetStack.Core;
using NetStack.IP;

namespace NetStack.PacketScripts;

// send, recv, and how much room and data there is.
internal sealed partial class StreamSocket
{
    private bool _wantsSpace;
    private bool _isCorked;

    /// <summary>The payload that may be queued (<c>sk_sndbuf</c>).</summary>
    private int SendBuffer => Choices.SendBuffer ?? _options.SendBufferBytes;

    private long QueuedBytes => _connection?.QueuedBytes ?? 0;

    private long UnsentBytes => _connection is { } connection ? connection.QueuedBytes - connection.UnacknowledgedBytes : 0;

    /// <summary>Whether it is worth waking a writer: a third of the buffer is free, and little enough is unsent.</summary>
    /// <remarks><c>sk_stream_is_writeable</c>: free space of at least half of what is queued.</remarks>
    private bool IsWritable =>
        SendBuffer - QueuedBytes >= QueuedBytes >> 1 && IsNotSentLow;

    private bool IsNotSentLow => _notSentLowWater == 0 || (ulong)UnsentBytes < _notSentLowWater;

    public override long Send(MemoryPieces memory, int flags, IpEndPoint? destination)
    {
        if ((flags & LinuxMessage.FastOpen) != 0 || _deferredRemote is not null)
        {
            return SendFast(memory, flags, destination);
        }

        return SendPlainly(memory, flags);
    }

    private long SendPlainly(MemoryPieces memory, int flags)
    {
        bool mayWait = !IsNonBlocking && (flags & LinuxMessage.DoNotWait) == 0;
        Instant deadline = SendDeadline;
        long sent = 0;
        bool hasWaited = false;
        return Host.Call(mayWait, -LinuxError.Again, deadline, () =>
        {
            long result = TrySend(memory, flags, hasWaited, ref sent);
            if (result == BlockedCall.Waits)
            {
                hasWaited = true;
                _wantsSpace = true;
                return sent > 0 && (!mayWait || Host.Now >= deadline) ? sent : result;
            }

            return result < 0 && sent > 0 ? sent : result;
        });
    }

    public override long Receive(MemoryPieces memory, int flags, Receipt receipt)
    {
        if ((flags & LinuxMessage.ErrorQueue) != 0)
        {
            return -LinuxError.Again;
        }

        if ((flags & LinuxMessage.OutOfBand) != 0)
        {
            return Host.Call(() => ReceiveUrgent(memory, flags));
        }

        bool mayWait = !IsNonBlocking && (flags & LinuxMessage.DoNotWait) == 0;
        Instant deadline = ReceiveDeadline;
        long copied = 0;
        return Host.Call(mayWait, -LinuxError.Again, deadline, () =>
        {
            long result = TryReceive(memory, flags, mayWait && Host.Now < deadline, ref copied);
            receipt.LeftBytes = _tellsInQueue ? LeftBytes : null;
            return result;
        });
    }

    public override long Control(ulong request, out int value)
    {
        value = 0;
        LinuxTcpState state = State;
        bool isHalfOpen = state is LinuxTcpState.SynSent or LinuxTcpState.SynReceived;
        switch (request)
        {
            case LinuxRequest.InputQueue or LinuxRequest.OutputQueue or LinuxRequest.OutputNotSent when state == LinuxTcpState.Listen:
                return -LinuxError.Invalid;
            case LinuxRequest.InputQueue:
                value = BytesToMark;
                return 0;
            case LinuxRequest.OutputQueue:
                value = isHalfOpen || _isOver ? 0 : (int)QueuedBytes + FinBytes;
                return 0;
            case LinuxRequest.OutputNotSent:
                value = isHalfOpen || _isOver ? 0 : (int)UnsentBytes;
                return 0;
            case LinuxRequest.AtMark:
                value = IsAtMark ? 1 : 0;
                return 0;
            default:
                return -LinuxError.Invalid;
        }
    }

    /// <summary>What TCP_INQ tells: the end of the stream counts as a byte where nothing else is left.</summary>
    private int LeftBytes => _received.LengthBytes == 0 && _isDone ? 1 : _received.LengthBytes;

    /// <summary>The place in the queue of Linux that a FIN takes until it is acknowledged.</summary>
    private int FinBytes => State is LinuxTcpState.FinWait1 or LinuxTcpState.Closing or LinuxTcpState.LastAck ? 1 : 0;

    private long TrySend(MemoryPieces memory, int flags, bool hasWaited, ref long sent)
    {
        if (_phase == StreamPhase.Connecting && IsHalfOpen)
        {
            return BlockedCall.Waits;
        }

        if (Error != 0)
        {
            return -TakeError();
        }

        if (_isSendShut || _connection is not { } connection)
        {
            return -LinuxError.BrokenPipe;
        }

        if (memory.IsBad)
        {
            return -LinuxError.BadAddress;
        }

        if (_phase == StreamPhase.Connecting)
        {
            _phase = StreamPhase.Connected;
        }

        bool holdsBack = (flags & LinuxMessage.More) != 0;
        while (sent < memory.LengthBytes && SendBuffer > QueuedBytes && IsNotSentLow && (!hasWaited || IsWritable))
        {
            int part = (int)Math.Min(memory.LengthBytes - sent, Math.Max(SendBuffer - QueuedBytes, connection.SegmentBytes));
            byte[] bytes = new byte[part];
            memory.Read(sent, bytes);
            if (Host.Pool.TryLeaseCopy(bytes) is not { } chain)
            {
                break;
            }

            if (holdsBack)
            {
                connection.Cork();
            }

            bool isUrgent = (flags & LinuxMessage.OutOfBand) != 0 && sent + part == memory.LengthBytes;
            if (isUrgent)
            {
                connection.AppendUrgent(chain, Host.Now);
            }
            else
            {
                connection.Append(chain, Host.Now);
            }

            sent += part;
            hasWaited = false;
        }

        if (!holdsBack && !_isCorked && connection.IsCorked)
        {
            connection.Uncork(Host.Now);
        }

        return sent == memory.LengthBytes ? sent : BlockedCall.Waits;
    }

    private long TryReceive(MemoryPieces memory, int flags, bool mayWait, ref long copied)
    {
        if (_listener is not null)
        {
            return -LinuxError.NotConnected;
        }

        bool isPeek = (flags & LinuxMessage.Peek) != 0;
        bool waitsForAll = (flags & LinuxMessage.WaitAll) != 0;
        long already = isPeek ? 0 : copied;
        if (!isPeek && copied == 0 && memory.LengthBytes > 0)
        {
            PassMark();
        }

        int part = (int)Math.Min(memory.LengthBytes - already, BytesToMark);
        if (part > 0)
        {
            if ((flags & LinuxMessage.Truncate) == 0)
            {
                if (memory.IsBad)
                {
                    return copied > 0 ? copied : -LinuxError.BadAddress;
                }

                memory.Write(already, _received.Peek(0, part));
            }

            copied = already + part;
            if (!isPeek)
            {
                RemoveRead(part);
            }
        }

        long target = Math.Max(1, waitsForAll ? memory.LengthBytes : Math.Min(Choices.ReceiveLowWater, memory.LengthBytes));
        if (copied >= target || (memory.LengthBytes == 0 && _received.LengthBytes > 0))
        {
            return copied;
        }

        bool isAtEnd = _isReceiveShut || State == LinuxTcpState.Close || (IsAtMark && !IsInline);
        if (copied > 0)
        {
            return Error != 0 || isAtEnd || !mayWait ? copied : BlockedCall.Waits;
        }

        return _isDone ? 0
            : Error != 0 ? -TakeError()
            : _isReceiveShut ? 0
            : State == LinuxTcpState.Close && _deferredRemote is null ? -LinuxError.NotConnected
            : BlockedCall.Waits;
    }
}
