using System.Security.Cryptography;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing;

/// <summary>Writes a stream of known content as fast as the send buffer takes it.</summary>
public sealed class BulkSender
{
    /// <summary>How long a sender waits that found no memory.</summary>
    private static readonly Duration MemoryWait = Duration.FromMilliseconds(1);

    /// <summary>The part of the memory that it leaves to the stack: a host that fills it with what is to be sent cannot send.</summary>
    private const int ReserveDivisor = 4;

    private readonly StreamContent _content;
    private readonly int _largestWriteBytes;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private SimulatedHost? _host;
    private TcpConnection? _connection;
    private SeededEntropy? _entropy;
    private ApplicationTimer? _timer;
    private byte[]? _digest;

    /// <summary>Makes a sender.</summary>
    /// <param name="content">What to send.</param>
    /// <param name="totalBytes">How much.</param>
    /// <param name="largestWriteBytes">Every write is of a random size up to this; 0 writes whole blocks.</param>
    public BulkSender(StreamContent content, long totalBytes, int largestWriteBytes = 0)
    {
        _content = content;
        _largestWriteBytes = largestWriteBytes;
        TotalBytes = totalBytes;
    }

    /// <summary>How much is to be sent.</summary>
    public long TotalBytes { get; }

    /// <summary>How much was written into the send buffer.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Whether everything was written.</summary>
    public bool IsFinished => WrittenBytes == TotalBytes;

    /// <summary>The SHA-256 of what was written so far.</summary>
    public ReadOnlySpan<byte> Digest => _digest ??= _hash.GetCurrentHash();

    /// <summary>How the transfer stands, for messages.</summary>
    public override string ToString() => FormattableString.Invariant($"{WrittenBytes} of {TotalBytes} bytes written");

    internal void Attach(SimulatedHost host, TcpConnection connection)
    {
        _host = host;
        _connection = connection;
        _entropy = host.Entropy.Fork(_content.Key);
    }

    /// <summary>Writes until the send buffer is full or everything is written.</summary>
    internal void Transmit(Instant now)
    {
        TcpConnection connection = _connection!;
        while (!IsFinished && connection.SendRoomBytes > 0)
        {
            int length = (int)Math.Min(TotalBytes - WrittenBytes, connection.SendRoomBytes);
            length = Math.Min(length, _largestWriteBytes > 0 ? 1 + _entropy!.Next(_largestWriteBytes) : PacketBuffer.BlockBytes);
            if (MakeWrite(length) is not { } data)
            {
                WaitForMemory(now);
                return;
            }

            connection.Append(data, now);
        }
    }

    /// <summary>Stops: the connection is over.</summary>
    internal void Release()
    {
        if (_timer is not null)
        {
            _host!.Timers.Cancel(_timer);
        }
    }

    /// <summary>Called by the sender's own timer: the application has to look whether everything is written.</summary>
    internal Action<Instant>? Progressed { get; set; }

    private PacketBuffer? MakeWrite(int lengthBytes)
    {
        PacketPool pool = _host!.Pool;
        PacketBuffer? head = null;
        PacketBuffer? tail = null;
        for (int left = lengthBytes; left > 0;)
        {
            PacketBuffer? block = pool.AvailableBlocks > pool.MaximumBlocks / ReserveDivisor ? pool.TryLease(0) : null;
            if (block is null)
            {
                if (head is not null)
                {
                    pool.Return(head);
                }

                return null;
            }

            Span<byte> bytes = block.Extend(Math.Min(left, block.TailroomBytes));
            _content.Write(WrittenBytes + lengthBytes - left, bytes);
            left -= bytes.Length;
            head ??= block;
            tail?.Append(block);
            tail = block;
        }

        for (PacketBuffer? block = head; block is not null; block = block.Next)
        {
            _hash.AppendData(block.Span);
        }

        _digest = null;
        WrittenBytes += lengthBytes;
        return head;
    }

    private void WaitForMemory(Instant now)
    {
        _timer ??= new ApplicationTimer(MemoryAwaited);
        _host!.Timers.Schedule(_timer, now + MemoryWait);
    }

    private void MemoryAwaited(Instant now)
    {
        Transmit(now);
        Progressed?.Invoke(now);
    }
}
