using System.IO.Pipelines;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Benchmarks;

/// <summary>A connection of a host to itself, with both ends bare or under pipes, turned by hand as its loop would.</summary>
internal sealed class LoopbackConnection
{
    private const int PoolBlocks = 4096;
    private const int ReceiveBursts = 4;
    private const int TransmitPackets = 256;
    private const int HandshakeTurns = 100;
    private const ushort Port = 9;

    // 127.0.0.1
    private const uint OwnAddress = 0x7F00_0001;

    // Else each write would wait for the acknowledgment of the one before, which is late on purpose.
    private static readonly TcpConnectionOptions _options = new() { NoDelay = true };

    private static readonly Duration _turn = Duration.FromMicroseconds(10);

    private readonly TimerWheel _timers = new();
    private readonly IpHost _host;
    private readonly TcpDemultiplexer _tcp;
    private readonly LoopMailbox _mailbox = new(static () => { });
    private readonly BlockExchange _exchange;

    public LoopbackConnection()
    {
        _host = new IpHost(Pool, _timers, new SeededEntropy(1));
        _tcp = new TcpDemultiplexer(_host);
        _exchange = new BlockExchange(Pool);
        (Client, Server) = Connect();
    }

    public PacketPool Pool { get; } = new(PoolBlocks);

    public Instant Now { get; private set; }

    public TcpConnection Client { get; }

    public TcpConnection Server { get; }

    /// <summary>Puts pipes over an end.</summary>
    public TcpDuplexPipe MakePipe(TcpConnection end)
    {
        TcpDuplexPipe pipe = new(
            end, Pool, _mailbox, _exchange, PipeScheduler.Inline, pauseWriterBytes: 0,
            static error => new InvalidOperationException($"The connection broke: {error}."));
        pipe.CatchUp(Now);
        _exchange.Refill();
        return pipe;
    }

    /// <summary>One turn of the loop.</summary>
    public void Turn()
    {
        Now += _turn;
        _mailbox.BeginTurn();
        _mailbox.Process(Now);
        _host.Receive(Now, ReceiveBursts);
        _host.TimersExpire(Now);
        while (_tcp.TryTakeActive(out TcpConnection? connection))
        {
            if (connection.User is TcpDuplexPipe pipe)
            {
                pipe.ConnectionActive(Now);
            }
            else
            {
                connection.TakeEvents();
            }
        }

        _host.Transmit(Now, TransmitPackets);
        _exchange.Refill();
    }

    private (TcpConnection Client, TcpConnection Server) Connect()
    {
        TcpListenEndpoint? endpoint = _tcp.Listen(new IpEndPoint(IpAddress.AnyV4, Port), 1, _options, out TcpError listening);
        TcpConnection? client = _tcp.Connect(
            new IpEndPoint(IpAddress.AnyV4, 0), new IpEndPoint(new IpAddress(OwnAddress), Port), _options, Now, out TcpError connecting);
        for (int i = 0; i < HandshakeTurns && endpoint is not null && client is not null; i++)
        {
            Turn();
            if (endpoint.TryAccept() is { } server)
            {
                return (client, server);
            }
        }

        throw new InvalidOperationException($"There is no connection: {listening}, {connecting}.");
    }
}
