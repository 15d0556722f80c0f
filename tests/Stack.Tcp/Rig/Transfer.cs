using NetStack.Core;

namespace NetStack.Tcp.Tests;

/// <summary>A stream of numbered bytes from one end of a connection to the other, checked as it arrives.</summary>
internal sealed class Transfer(TcpConnection from, TcpConnection to, long totalBytes)
{
    private readonly byte[] _buffer = new byte[3000];
    private long _appended;
    private bool _isShutDown;

    /// <summary>The bytes that arrived.</summary>
    public long ReceivedBytes { get; private set; }

    public bool IsFinished => ReceivedBytes == totalBytes && to.IsReceiveFinished;

    /// <summary>Appends what there is room for, takes what has arrived.</summary>
    public void Pump(Instant now)
    {
        while (_appended < totalBytes && from.SendRoomBytes > 0)
        {
            int part = (int)Math.Min(totalBytes - _appended, _buffer.Length);
            for (int i = 0; i < part; i++)
            {
                _buffer[i] = At(_appended + i);
            }

            PacketPool pool = from.Demultiplexer.Host.Pool;
            if (pool.TryLeaseCopy(_buffer.AsSpan(0, part), 0) is not { } block)
            {
                break;
            }

            from.Append(block, now);
            _appended += part;
        }

        if (_appended == totalBytes && !_isShutDown)
        {
            _isShutDown = true;
            from.Shutdown(now);
        }

        while (to.TakeReceived() is { } chain)
        {
            int bytes = chain.TotalLength;
            for (PacketBuffer? block = chain; block is not null; block = block.Next)
            {
                foreach (byte value in block.Span)
                {
                    if (value != At(ReceivedBytes))
                    {
                        Assert.Fail($"byte {ReceivedBytes} is {value}");
                    }

                    ReceivedBytes++;
                }
            }

            to.Demultiplexer.Host.Pool.Return(chain);
            to.Consumed(bytes, now);
        }
    }

    private static byte At(long position) => (byte)(position * 31 + (position >> 8));
}
