using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>
/// Bulk data over a connection between two hosts on an in-memory cable with an MTU of 1,500 bytes: written by a copy into the
/// send queue, read by comparing every byte.
/// </summary>
internal sealed class TcpToItself : IWorkload
{
    private const int PoolBlocks = 8192;
    private const ushort Port = 9;
    private const uint SenderAddress = 0x0A00_0001;
    private const uint ReceiverAddress = 0x0A00_0002;
    private const int ContentBytes = 8 * PacketBuffer.BlockBytes;
    private const int HandshakeTurns = 1000;

    private readonly DevicePair _cable = new();
    private readonly PacketPool _pool = new(PoolBlocks);
    private readonly BenchHost _sender;
    private readonly BenchHost _receiver;
    private readonly TcpConnection _outgoing;
    private readonly TcpConnection _incoming;
    private readonly byte[] _content = new byte[2 * ContentBytes];
    private long _written;
    private long _read;

    public TcpToItself()
    {
        // Twice the same, so that a block that starts anywhere in the first half is found in one piece.
        new SeededEntropy(1).Fill(_content.AsSpan(0, ContentBytes));
        _content.AsSpan(0, ContentBytes).CopyTo(_content.AsSpan(ContentBytes));
        _sender = new BenchHost(_pool, seed: 1);
        _receiver = new BenchHost(_pool, seed: 2);
        _sender.Attach(_cable.Left, SenderAddress);
        _receiver.Attach(_cable.Right, ReceiverAddress);
        (_outgoing, _incoming) = Connect();
    }

    public long Packets => _pool.Counters[Counter.TcpSegmentsTransmitted];

    public long Bytes => _read;

    public string? Fault { get; private set; }

    public void Turn()
    {
        _sender.Receive();
        Drain(_sender);
        Write();
        _sender.Transmit();
        _receiver.Receive();
        Drain(_receiver);
        Read();
        _receiver.Transmit();
    }

    public void Dispose() => _cable.Dispose();

    private (TcpConnection Outgoing, TcpConnection Incoming) Connect()
    {
        TcpListenEndpoint? endpoint = _receiver.Tcp.Listen(new IpEndPoint(IpAddress.AnyV4, Port), 1, null, out TcpError listening);
        TcpConnection? outgoing = _sender.Tcp.Connect(
            new IpEndPoint(IpAddress.AnyV4, 0), new IpEndPoint(new IpAddress(ReceiverAddress), Port), null, _sender.Now, out TcpError error);
        if (endpoint is null || outgoing is null)
        {
            throw CommandFailure.Failed($"bench tcp-self: no connection: {listening}, {error}");
        }

        for (int i = 0; i < HandshakeTurns; i++)
        {
            _sender.Receive();
            Drain(_sender);
            _sender.Transmit();
            _receiver.Receive();
            Drain(_receiver);
            _receiver.Transmit();
            if (endpoint.TryAccept() is { } incoming)
            {
                return (outgoing, incoming);
            }
        }

        throw CommandFailure.Failed("bench tcp-self: the connection was not established");
    }

    private static void Drain(BenchHost host)
    {
        while (host.Tcp.TryTakeActive(out TcpConnection? connection))
        {
            connection.TakeEvents();
        }
    }

    private void Write()
    {
        while (_outgoing.SendRoomBytes >= PacketBuffer.BlockBytes && _pool.TryLease(0) is { } block)
        {
            _content.AsSpan((int)(_written % ContentBytes), PacketBuffer.BlockBytes).CopyTo(block.Extend(PacketBuffer.BlockBytes));
            _written += PacketBuffer.BlockBytes;
            _outgoing.Append(block, _sender.Now);
        }
    }

    private void Read()
    {
        long before = _read;
        while (_incoming.TakeReceived() is { } chain)
        {
            for (PacketBuffer? block = chain; block is not null; block = block.Next)
            {
                if (!block.Span.SequenceEqual(_content.AsSpan((int)(_read % ContentBytes), block.Length)))
                {
                    Fault ??= $"a byte from {_read} on is wrong";
                }

                _read += block.Length;
            }

            _pool.Return(chain);
        }

        if (_read > before)
        {
            _incoming.Consumed(_read - before, _receiver.Now);
        }

        if (_outgoing.State != TcpState.Established || _incoming.State != TcpState.Established)
        {
            Fault ??= "the connection has ended";
        }
    }
}
