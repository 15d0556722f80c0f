using System.Buffers.Binary;
using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>
/// A host among peers that bend the truth, an owner that calls at random, ICMP errors, a device that fills up, a pool that
/// runs short, and time that passes. After every event all that must hold is checked. Everything follows from the seed.
/// </summary>
internal sealed class FuzzRun
{
    private const int Peers = 6;
    private const int RememberedPackets = 16;

    private readonly ulong _seed;
    private readonly SeededEntropy _entropy;
    private readonly Machine _machine;
    private readonly FuzzPeer[] _peers;
    private readonly List<ConnectionWatch> _owned = [];
    private readonly Dictionary<TcpConnection, ConnectionWatch> _watches = [];
    private readonly List<TcpConnection> _all = [];
    private readonly List<PacketBuffer> _held = [];
    private readonly byte[][] _packets = new byte[RememberedPackets][];
    private readonly DropReason[] _reasons = Enum.GetValues<DropReason>();
    private readonly long[] _drops = new long[(int)Enum.GetValues<DropReason>().Max() + 1];
    private long _step;

    public FuzzRun(ulong seed)
    {
        _seed = seed;
        _entropy = new SeededEntropy(seed);
        SeededEntropy entropy = _entropy.Fork(1);
        TcpConnectionOptions options = new()
        {
            Timestamps = entropy.Next(3) > 0,
            SelectiveAcknowledgments = entropy.Next(4) > 0,
            FastOpen = entropy.Next(2) == 0,
            WindowScale = entropy.Next(3) == 0 ? -1 : entropy.Next(9),
            ReceiveBufferBytes = 4_000 + entropy.Next(100_000),
            SendBufferBytes = 4_000 + entropy.Next(100_000),
            NoDelay = entropy.Next(2) == 0,
            KeepAlive = entropy.Next(2) == 0,
            KeepAliveTime = Duration.FromSeconds(20),
            KeepAliveInterval = Duration.FromSeconds(5),
            UserTimeout = entropy.Next(3) == 0 ? Duration.FromSeconds(30) : Duration.Zero,
            Retries = 4,
            Ecn = (EcnUse)entropy.Next(5),
            UserTimeoutOption = entropy.Next(3) == 0,
        };
        _machine = new Machine(
            options,
            new TcpOptions
            {
                SynQueueLength = 3,
                MaximumTimeWait = 4,
                FastOpenQueueLength = 2,
                SynCookies = (SynCookieUse)entropy.Next(3),
                Connection = options,
            },
            poolBlocks: 512);
        _machine.Listen(backlog: 3);
        int bentPercent = 2 + entropy.Next(30);
        _peers = [.. Enumerable.Range(0, Peers).Select(
            index => new FuzzPeer(_entropy.Fork((ulong)(10 + index)), (ushort)(7000 + index), bentPercent))];
    }

    public Machine Machine => _machine;

    /// <summary>Lets so many segments arrive.</summary>
    public void Storm(long segments)
    {
        for (_step = 0; _step < segments; _step++)
        {
            // The clock that initial sequence numbers come from ticks meanwhile: connections are told apart by them.
            _machine.Now += Duration.FromMicroseconds(10);
            _machine.Wire.Inject(_peers[_entropy.Next(Peers)].Speak(_machine.Now.Milliseconds));
            _machine.Turn();
            Check();
            Call();
            if (_entropy.Next(200) == 0)
            {
                InjectError();
            }

            if (_entropy.Next(500) == 0)
            {
                _machine.Wire.IsFull = !_machine.Wire.IsFull;
            }

            if (_entropy.Next(25) == 0)
            {
                _machine.Wire.IsFull &= _entropy.Next(3) == 0;
                _machine.PassMilliseconds(_entropy.Next(40) == 0 ? _entropy.Next(70_000) : _entropy.Next(120));
                Check();
            }
        }
    }

    /// <summary>Ends all connections and shows that nothing is left of them.</summary>
    public void End()
    {
        _machine.Wire.IsFull = false;
        ReleaseHeld();
        foreach (ConnectionWatch watch in _owned)
        {
            watch.Connection.Abort(_machine.Now);
        }

        _machine.Listener!.Close(_machine.Now);
        Check();
        _machine.Pass(Duration.FromSeconds(1000));
        Assert.Equal((0, 0), (_machine.Tcp.ConnectionCount, _machine.Tcp.TimeWaitCount));
        Assert.Equal(Instant.Never, _machine.Host.NextDeadline);
        _machine.AssertBalanced();
    }

    private void Check()
    {
        FollowWire();
        Counters counters = _machine.Host.Counters;
        if (counters[Counter.FramesReceived] != counters[Counter.FramesDelivered] + counters.TotalDrops)
        {
            IEnumerable<string> drops = _reasons
                .Where(reason => counters[reason] != _drops[(int)reason])
                .Select(reason => $"{reason} {counters[reason] - _drops[(int)reason]}");
            Assert.Fail($"seed {_seed}, segment {_step}: a frame was neither delivered nor dropped, or both; drops: {string.Join(", ", drops)}");
        }

        foreach (DropReason reason in _reasons)
        {
            _drops[(int)reason] = counters[reason];
        }

        _all.Clear();
        _machine.Tcp.CopyConnections(_all);
        foreach (TcpConnection connection in _all)
        {
            Report(WatchOf(connection).Broken(), connection);
        }

        foreach (ConnectionWatch watch in _owned)
        {
            Report(watch.Broken(), watch.Connection);
        }

        if (_watches.Count > 200)
        {
            foreach (TcpConnection over in _watches.Keys.Where(each => !_all.Contains(each)).ToArray())
            {
                _watches.Remove(over);
            }
        }
    }

    private void FollowWire()
    {
        _all.Clear();
        _machine.Tcp.CopyConnections(_all);
        while (_machine.Wire.FromHost.TryDequeue(out byte[]? packet))
        {
            SentSegment sent = SentSegment.Read(packet, _machine.Now);
            ushort hostPort = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(20));
            ushort peerPort = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(22));
            _packets[_entropy.Next(RememberedPackets)] = packet;
            _peers[peerPort - 7000].Follow(sent, hostPort);
            if (_all.Find(each => each.RemoteEndPoint.Port == peerPort && each.LocalEndPoint.Port == hostPort) is { } connection)
            {
                Report(WatchOf(connection).BrokenBy(sent), connection);
            }
        }
    }

    private ConnectionWatch WatchOf(TcpConnection connection)
    {
        if (!_watches.TryGetValue(connection, out ConnectionWatch? watch))
        {
            _watches.Add(connection, watch = new ConnectionWatch(connection));
        }

        return watch;
    }

    private void Report(string? broken, TcpConnection connection)
    {
        if (broken is not null)
        {
            Assert.Fail($"seed {_seed}, segment {_step}, {connection.LocalEndPoint} to {connection.RemoteEndPoint} in {connection.State}: {broken}");
        }
    }

    private void Call()
    {
        Instant now = _machine.Now;
        if (_entropy.Next(4) == 0 && _machine.Listener!.TryAccept() is { } accepted)
        {
            _owned.Add(WatchOf(accepted));
        }

        if (_owned.Count < Peers && _entropy.Next(50) == 0
            && _machine.Tcp.Connect(null, _peers[_entropy.Next(Peers)].EndPoint, _machine.Options, now, out _) is { } opened)
        {
            _owned.Add(WatchOf(opened));
            if (_entropy.Next(2) == 0)
            {
                Append(_owned[^1], now);
            }
        }

        if (_owned.Count > 0)
        {
            int index = _entropy.Next(_owned.Count);
            if (!CallOne(_owned[index], now))
            {
                _owned.RemoveAt(index);
            }
        }

        while (_machine.Tcp.TryTakeActive(out TcpConnection? active))
        {
            active.TakeEvents();
        }

        while (_machine.Tcp.TryTakeActive(out TcpListenEndpoint? _))
        {
            // Accepted in its time.
        }

        Check();
    }

    /// <returns>Whether the owner keeps the connection.</returns>
    private bool CallOne(ConnectionWatch watch, Instant now)
    {
        TcpConnection connection = watch.Connection;
        switch (_entropy.Next(60))
        {
            case < 14:
                Append(watch, now);
                break;
            case < 32:
                Read(connection, now);
                break;
            case 32:
                connection.Shutdown(now);
                break;
            case 33 when _entropy.Next(3) == 0:
                connection.StopReceiving(now);
                break;
            case 34 when _entropy.Next(3) == 0:
                connection.Abort(now);
                return false;
            case 35 when _entropy.Next(3) == 0:
                connection.Close(now);
                return false;
            case 36:
                connection.Change(
                    connection.Options with { NoDelay = _entropy.Next(2) == 0, KeepAlive = _entropy.Next(2) == 0 }, now);
                break;
            case 37:
                connection.Cork();
                break;
            case < 40:
                connection.Uncork(now);
                break;
            case 40:
                StarvePool();
                break;
            case < 43:
                ReleaseHeld();
                break;
        }

        if (connection.State is TcpState.Closed or TcpState.TimeWait && _entropy.Next(4) == 0)
        {
            connection.Abort(now);
            return false;
        }

        return true;
    }

    private void Append(ConnectionWatch watch, Instant now)
    {
        TcpConnection connection = watch.Connection;
        bool isRefused = connection.IsSendFinished || connection.State is TcpState.Closed or TcpState.TimeWait;
        int bytes = 1 + _entropy.Next(_entropy.Next(3) == 0 ? 50 : 3000);
        if (connection.SendRoomBytes <= 0 || _machine.Pool.TryLease() is not { } block)
        {
            return;
        }

        byte[] payload = isRefused ? new byte[bytes] : watch.Append(bytes);
        payload.CopyTo(block.Extend(bytes));
        connection.Append(block, now);
    }

    private void Read(TcpConnection connection, Instant now)
    {
        SequenceNumber end = connection.ReceiveNext - (connection.HasReceivedFin ? 1 : 0);
        if (connection.TakeReceived() is not { } chain)
        {
            return;
        }

        Report(ConnectionWatch.BrokenBy(chain, end), connection);
        int bytes = chain.TotalLength;
        _machine.Pool.Return(chain);
        connection.Consumed(_entropy.Next(4) == 0 ? _entropy.Next(bytes + 1) : bytes, now);
    }

    /// <summary>Takes nearly all blocks away.</summary>
    private void StarvePool()
    {
        int left = _entropy.Next(8);
        while (_machine.Pool.AvailableBlocks > left + 8 && _machine.Pool.TryLease() is { } block)
        {
            _held.Add(block);
        }
    }

    private void ReleaseHeld()
    {
        foreach (PacketBuffer block in _held)
        {
            _machine.Pool.Return(block);
        }

        _held.Clear();
    }

    private void InjectError()
    {
        if (_packets[_entropy.Next(RememberedPackets)] is not { } packet)
        {
            return;
        }

        byte type = (byte)(_entropy.Next(4) switch { 0 => 11, 1 => 12, _ => 3 });
        byte code = (byte)_entropy.Next(6);
        uint rest = type == 3 && code == 4 ? (uint)_entropy.Next(1600) : 0;
        byte[] quoted = [.. packet];
        if (_entropy.Next(3) == 0)
        {
            quoted[24 + _entropy.Next(4)] ^= (byte)_entropy.Next(256);
        }

        _machine.Wire.Inject(Packets.IcmpError(PeerAddress, type, code, rest, quoted));
        _machine.Turn();
        Check();
    }
}
