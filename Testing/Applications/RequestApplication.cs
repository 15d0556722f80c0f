using NetStack.Core;

namespace NetStack.Testing;

/// <summary>What both sides of a <see cref="RequestResponse"/> do: read messages of one length, write messages of another.</summary>
public abstract class RequestApplication : TcpApplication
{
    private readonly StreamContent _incoming;
    private readonly StreamContent _outgoing;
    private readonly int _incomingBytes;
    private readonly int _outgoingBytes;
    private long _received;
    private long _written;
    private long _toWrite;
    private bool _isShutDown;

    private protected RequestApplication(StreamContent incoming, int incomingBytes, StreamContent outgoing, int outgoingBytes)
    {
        _incoming = incoming;
        _incomingBytes = incomingBytes;
        _outgoing = outgoing;
        _outgoingBytes = outgoingBytes;
    }

    /// <summary>The whole messages received.</summary>
    public int MessagesReceived { get; private set; }

    /// <summary>The position of the first received byte that is not what it should be; -1 where there is none.</summary>
    public long FirstWrongByte { get; private set; } = -1;

    /// <summary>Whether the peer has finished.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>A whole message has arrived.</summary>
    private protected abstract void MessageArrived(Instant now);

    /// <summary>The peer has finished.</summary>
    private protected virtual void PeerFinished(Instant now) => Finish(now);

    /// <inheritdoc/>
    protected override void Readable(Instant now)
    {
        int read = 0;
        while (Connection.TakeReceived() is { } chain)
        {
            for (PacketBuffer? block = chain; block is not null; block = block.Next)
            {
                Check(block.Span);
                read += block.Length;
            }

            chain.Pool.Return(chain);
        }

        if (read > 0)
        {
            Connection.Consumed(read, now);
        }

        for (; (MessagesReceived + 1L) * _incomingBytes <= _received; MessagesReceived++)
        {
            MessageArrived(now);
        }

        if (!IsFinished && Connection.IsReceiveFinished)
        {
            IsFinished = true;
            PeerFinished(now);
        }
    }

    /// <inheritdoc/>
    protected override void Writable(Instant now) => Write(now);

    private protected void Send(Instant now)
    {
        _toWrite += _outgoingBytes;
        Write(now);
    }

    private protected void Finish(Instant now)
    {
        if (!_isShutDown)
        {
            _isShutDown = true;
            Connection.Shutdown(now);
        }
    }

    private void Write(Instant now)
    {
        while (_written < _toWrite && Connection.SendRoomBytes > 0)
        {
            PacketBuffer block = Host.Pool.TryLease(0)
                ?? throw new InvalidOperationException($"{Host} has no memory for a message.");
            int length = (int)Math.Min(Math.Min(_toWrite - _written, Connection.SendRoomBytes), block.TailroomBytes);
            _outgoing.Write(_written, block.Extend(length));
            _written += length;
            Connection.Append(block, now);
        }
    }

    private void Check(ReadOnlySpan<byte> bytes)
    {
        int wrong = _incoming.FindDifference(_received, bytes);
        if (wrong >= 0 && FirstWrongByte < 0)
        {
            FirstWrongByte = _received + wrong;
        }

        _received += bytes.Length;
    }
}
