using System.Security.Cryptography;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing;

/// <summary>Reads a stream of known content to its end and checks every byte.</summary>
public sealed class BulkReceiver
{
    private readonly StreamContent _content;
    private readonly ReadPace? _pace;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private TcpConnection? _connection;
    private SimulatedHost? _host;
    private ApplicationTimer? _timer;
    private PacketBuffer? _held;
    private byte[]? _digest;

    /// <summary>Makes a receiver.</summary>
    /// <param name="content">What should come.</param>
    /// <param name="expectedBytes">How much should come.</param>
    /// <param name="pace">How fast it reads; as fast as it comes where null.</param>
    public BulkReceiver(StreamContent content, long expectedBytes, ReadPace? pace = null)
    {
        _content = content;
        _pace = pace;
        ExpectedBytes = expectedBytes;
    }

    /// <summary>How much should come.</summary>
    public long ExpectedBytes { get; }

    /// <summary>How much was read.</summary>
    public long ReceivedBytes { get; private set; }

    /// <summary>Whether the peer has finished and everything was read.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>When it was finished.</summary>
    public Instant FinishedAt { get; private set; } = Instant.Never;

    /// <summary>The position of the first byte that is not what it should be; -1 where there is none.</summary>
    public long FirstWrongByte { get; private set; } = -1;

    /// <summary>The SHA-256 of what was read so far.</summary>
    public ReadOnlySpan<byte> Digest => _digest ??= _hash.GetCurrentHash();

    /// <summary>Whether all that should come has come, every byte right, and then the end.</summary>
    public bool IsWhole => IsFinished && FirstWrongByte < 0 && ReceivedBytes == ExpectedBytes;

    /// <summary>How the transfer stands, for messages.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{ReceivedBytes} of {ExpectedBytes} bytes, {(IsFinished ? "finished" : "not finished")}, first wrong byte {FirstWrongByte}");

    internal void Attach(SimulatedHost host, TcpConnection connection)
    {
        _host = host;
        _connection = connection;
        if (_pace is not null)
        {
            _timer = new ApplicationTimer(ReadPaced);
        }
    }

    /// <summary>Reads what there is, or as its pace has it.</summary>
    internal void Receive(Instant now)
    {
        if (_connection is null || IsFinished)
        {
            return;
        }

        if (_timer is not null)
        {
            if (!_timer.IsScheduled)
            {
                Duration wait = ReceivedBytes == 0 ? Duration.Max(_pace!.FirstRead, _pace.Interval) : _pace!.Interval;
                _host!.Timers.Schedule(_timer, now + wait);
            }

            return;
        }

        Read(int.MaxValue, now);
    }

    /// <summary>Gives back what it holds: the connection has failed.</summary>
    internal void Release()
    {
        if (_timer is not null)
        {
            _host!.Timers.Cancel(_timer);
        }

        if (_held is not null)
        {
            _held.Pool.Return(_held);
            _held = null;
        }
    }

    /// <summary>Called by the receiver's own timer: the application has to look whether this was the end.</summary>
    internal Action<Instant>? Progressed { get; set; }

    private void ReadPaced(Instant now)
    {
        Read(_pace!.BytesPerRead, now);
        if (_held is not null || _connection!.ReceivedBytes > 0)
        {
            // Also where a read has ended with the block: what came meanwhile was told of already.
            _host!.Timers.Schedule(_timer!, now + _pace.Interval);
        }

        Progressed?.Invoke(now);
    }

    private void Read(int mostBytes, Instant now)
    {
        TcpConnection connection = _connection!;
        int read = 0;
        while (read < mostBytes && (_held ??= connection.TakeReceived()) is { } block)
        {
            int part = Math.Min(block.Length, mostBytes - read);
            Check(block.Span[..part]);
            read += part;
            block.RemoveFront(part);
            if (block.Length == 0)
            {
                _held = block.Unlink();
                block.Pool.Return(block);
            }
        }

        if (read > 0)
        {
            connection.Consumed(read, now);
        }

        if (_held is null && !IsFinished && connection.IsReceiveFinished)
        {
            IsFinished = true;
            FinishedAt = now;
        }
    }

    private void Check(ReadOnlySpan<byte> bytes)
    {
        int wrong = _content.FindDifference(ReceivedBytes, bytes);
        if (wrong >= 0 && FirstWrongByte < 0)
        {
            FirstWrongByte = ReceivedBytes + wrong;
        }

        _hash.AppendData(bytes);
        _digest = null;
        ReceivedBytes += bytes.Length;
    }
}
