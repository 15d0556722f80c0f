using System.Globalization;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>Our TCP through the library, under virtual time.</summary>
internal sealed class OurImplementation : IImplementation
{
    private readonly TestWire _wire = new();
    private readonly PacketPool _pool = new(4096);
    private readonly IpHost _host;
    private readonly TcpDemultiplexer _tcp;
    private readonly TcpConnectionOptions _options;
    private readonly IpEndPoint _own;
    private readonly IpEndPoint _peer;
    private readonly List<TcpConnection> _table = [];
    private TcpListenEndpoint? _listener;
    private TcpConnection? _connection;
    private TcpError _told;
    private bool _isShutDown;
    private long _sentBytes;
    private Instant _now = new(5_000_000_000);

    public OurImplementation(DifferentialProgram program, IpEndPoint own, IpEndPoint peer)
    {
        _own = own;
        _peer = peer;
        _host = new IpHost(_pool, new TimerWheel(), new SeededEntropy(program.Seed));
        _host.Attach(_wire, () => { }).Add(new IpPrefix(own.Address, 16));
        _options = new TcpConnectionOptions
        {
            Timestamps = program.Options.Timestamps,
            SelectiveAcknowledgments = program.Options.Sack,
            WindowScale = program.Options.WindowScale ? OptionSet.Scale : -1,
            ReceiveBufferBytes = program.Options.ReceiveBufferBytes,
            SendBufferBytes = 1 << 20,
            AcknowledgmentDelay = Duration.Zero,
            InitialRetransmissionTimeout = Duration.FromSeconds(20),
            MinimumRetransmissionTimeout = Duration.FromSeconds(20),
            CongestionController = _ => new NewReno(),
        };
        _tcp = new TcpDemultiplexer(
            _host,
            new TcpOptions { ChallengesPerFiveSeconds = int.MaxValue, StrayResetsPerSecond = int.MaxValue });
    }

    public TcpState State
    {
        get
        {
            _table.Clear();
            _tcp.CopyConnections(_table);
            return _table.Count > 0 ? _table[0].State
                : _tcp.TimeWaitCount > 0 ? TcpState.TimeWait
                : _listener is not null ? TcpState.Listen
                : TcpState.Closed;
        }
    }

    public string Call(CallEvent call)
    {
        string result = call.Kind switch
        {
            CallKind.Listen => Listen(),
            CallKind.Connect => Connect(),
            CallKind.Accept => Accept(),
            _ => _connection is null ? "no socket" : CallConnected(_connection, call),
        };
        return result;
    }

    public void Inject(byte[] packet) => _wire.Inject(packet);

    public IReadOnlyList<byte[]> TakeSent()
    {
        // So little time passes that no timer expires.
        _now += Duration.FromMicroseconds(1);
        bool isReady = true;
        for (int turn = 0; isReady && turn < 100; turn++)
        {
            _host.Receive(_now, 64);
            _host.TimersExpire(_now);
            isReady = _host.Transmit(_now, 10_000);
        }

        byte[][] sent = [.. _wire.FromHost];
        _wire.FromHost.Clear();
        return sent;
    }

    public string TakeError()
    {
        if (_connection is not { } connection || connection.Error == _told)
        {
            return "";
        }

        _told = connection.Error;
        return _told switch
        {
            TcpError.ConnectionReset => "ECONNRESET",
            TcpError.ConnectionRefused => "ECONNREFUSED",
            TcpError.TimedOut => "ETIMEDOUT",
            _ => _told.ToString(),
        };
    }

    public byte[] Read(out bool isAtEnd)
    {
        isAtEnd = false;
        if (_connection is not { } connection)
        {
            return [];
        }

        byte[] data = [];
        if (connection.TakeReceived() is { } chain)
        {
            data = new byte[chain.TotalLength];
            chain.CopyTo(data);
            _pool.Return(chain);
            connection.Consumed(data.Length, _now);
        }

        isAtEnd = connection.IsReceiveFinished || connection.State is TcpState.Closed or TcpState.TimeWait;
        return data;
    }

    public void Dispose()
    {
        _connection?.Abort(_now);
        _listener?.Close(_now);
        _table.Clear();
        _tcp.CopyConnections(_table);
        foreach (TcpConnection orphan in _table)
        {
            orphan.Abort(_now);
        }

        TakeSent();
        Assert.True(_pool.OutstandingBlocks == 0, _pool.DescribeOutstanding());
    }

    private string Listen()
    {
        _listener = _tcp.Listen(_own, 16, _options, out TcpError error);
        return Text(error);
    }

    private string Connect()
    {
        _connection = _tcp.Connect(_own, _peer, _options, _now, out TcpError error);
        return Text(error);
    }

    private string Accept()
    {
        if (_connection is not null)
        {
            return "has socket";
        }

        _connection = _listener?.TryAccept();
        return _connection is null ? "EAGAIN" : "ok";
    }

    /// <summary>The rules of sockets above the commands of the machine.</summary>
    private string CallConnected(TcpConnection connection, CallEvent call)
    {
        bool isOver = connection.State is TcpState.Closed or TcpState.TimeWait;
        bool isOpening = connection.State is TcpState.SynSent or TcpState.SynReceived;
        switch (call.Kind)
        {
            case CallKind.Send:
                if (_isShutDown || isOver)
                {
                    return "EPIPE";
                }

                if (isOpening)
                {
                    return "EAGAIN";
                }

                byte[] data = new byte[call.Bytes];
                for (int i = 0; i < data.Length; i++)
                {
                    data[i] = Peer.SentAt(_sentBytes + i);
                }

                _sentBytes += data.Length;
                connection.Append(_pool.TryLeaseCopy(data, 0)!, _now);
                return call.Bytes.ToString(CultureInfo.InvariantCulture);
            case CallKind.Shutdown:
                if (isOver)
                {
                    return "ENOTCONN";
                }

                _isShutDown = true;
                connection.Shutdown(_now);
                return "ok";
            case CallKind.Close:
                connection.Close(_now);
                _connection = null;
                return "ok";
            case CallKind.Abort:
                connection.Abort(_now);
                connection.Close(_now);
                _connection = null;
                return "ok";
            case CallKind.NoDelayOn or CallKind.NoDelayOff:
                connection.Change(connection.Options with { NoDelay = call.Kind == CallKind.NoDelayOn }, _now);
                return "ok";
            case CallKind.CorkOn:
                connection.Cork();
                return "ok";
            case CallKind.CorkOff:
                connection.Uncork(_now);
                return "ok";
            default:
                throw new InvalidOperationException($"{call} is no call of a connection.");
        }
    }

    private static string Text(TcpError error) => error == TcpError.None ? "ok" : error.ToString();
}
