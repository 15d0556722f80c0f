using NetStack.Core;

namespace NetStack.Testing;

/// <summary>Sends back what it receives, in the very blocks it came in, and finishes when the peer does.</summary>
public sealed class EchoServer : TcpApplication
{
    private PacketBuffer? _held;
    private bool _isShutDown;

    /// <summary>The bytes sent back.</summary>
    public long EchoedBytes { get; private set; }

    /// <inheritdoc/>
    protected override void Readable(Instant now) => Echo(now);

    /// <inheritdoc/>
    protected override void Writable(Instant now) => Echo(now);

    /// <inheritdoc/>
    protected override void Closed(Instant now) => Abandoned();

    /// <inheritdoc/>
    protected override void Abandoned()
    {
        if (_held is not null)
        {
            _held.Pool.Return(_held);
            _held = null;
        }
    }

    private void Echo(Instant now)
    {
        int echoed = 0;
        while (Connection.SendRoomBytes > 0 && (_held ??= Connection.TakeReceived()) is { } block)
        {
            _held = block.Unlink();
            echoed += block.Length;
            Connection.Append(block, now);
        }

        if (echoed > 0)
        {
            EchoedBytes += echoed;
            Connection.Consumed(echoed, now);
        }

        if (_held is null && !_isShutDown && Connection.IsReceiveFinished)
        {
            _isShutDown = true;
            Connection.Shutdown(now);
        }
    }
}
