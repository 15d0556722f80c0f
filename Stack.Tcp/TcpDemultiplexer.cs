using System.Diagnostics.CodeAnalysis;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>TCP of one host: finds the connection of each segment, and holds the connections that have something to send or to tell.</summary>
/// <remarks>RFC 9293.</remarks>
public sealed partial class TcpDemultiplexer : ITransportProtocol
{
    private readonly ConnectionTable _table;
    private readonly Dictionary<IpEndPoint, TcpListenEndpoint> _listeners = [];
    private readonly SeededEntropy _entropy;
    private readonly SipHashKey _sequenceKey;
    private readonly SipHashKey _timestampKey;
    private ConnectionList _active;
    private TcpListenEndpoint? _firstActiveEndpoint;
    private TcpListenEndpoint? _lastActiveEndpoint;

    /// <summary>Makes TCP and attaches it to a host.</summary>
    public TcpDemultiplexer(IpHost host, TcpOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        Host = host;
        Options = options ?? new TcpOptions();
        _entropy = host.Entropy.Fork("tcp");
        _table = new ConnectionTable(_entropy.NextKey());
        _sequenceKey = _entropy.NextKey();
        _timestampKey = _entropy.NextKey();
        _cookies = new SynCookies(_entropy.Fork("cookies").NextKey());
        // A client that comes back with its cookie may fall to another shard.
        _fastOpenKey = (host.Shard?.Group.Entropy ?? _entropy).Fork("fast open").NextKey();
        _retry = new TransmitRetry();
        Memory = new MemoryBudget(host.Pool, Options.MemoryBudgetBytes);
        Flights = new FlightStore(Memory.LimitBlocks);
        host.Attach(IpProtocol.Tcp, this);
    }

    /// <summary>The host below.</summary>
    public IpHost Host { get; }

    /// <summary>The limits and choices.</summary>
    public TcpOptions Options { get; }

    /// <summary>The connections, those in TIME-WAIT not counted.</summary>
    public int ConnectionCount => _table.Count - TimeWaitCount;

    /// <summary>The connections remembered in TIME-WAIT.</summary>
    public int TimeWaitCount { get; private set; }

    /// <summary>The memory that all connections together hold for what waits to be read, put in sequence, sent or acknowledged.</summary>
    public long HeldBytes => (long)Memory.HeldBlocks * PacketBuffer.BlockBytes;

    /// <summary>How far the memory for it is used up (<see cref="TcpOptions.MemoryBudgetBytes"/>).</summary>
    public MemoryPressure Pressure => Memory.Pressure;

    /// <summary>The open listen endpoints.</summary>
    public IReadOnlyCollection<TcpListenEndpoint> ListenEndpoints => _listeners.Values;

    /// <summary>Opens a connection actively.</summary>
    /// <param name="local">The local address and port; an unspecified address or port 0 leaves that part to the stack, null both.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="options">The choices of the connection; null takes <see cref="TcpOptions.Connection"/>.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="error">Why there is none.</param>
    /// <returns>The connection in SYN-SENT, or null.</returns>
    /// <remarks>RFC 9293 §3.10.1.</remarks>
    public TcpConnection? Connect(
        IpEndPoint? local, IpEndPoint remote, TcpConnectionOptions? options, Instant now, out TcpError error)
    {
        IpAddress? source = local is { } wanted && !wanted.Address.IsAny ? wanted.Address : null;
        if (!IsConnectable(remote) || (source is { } bound && bound.IsIPv4 != remote.Address.IsIPv4))
        {
            error = TcpError.InvalidRemote;
            return null;
        }

        if (source is { } ours && !Host.IsLocal(ours))
        {
            error = TcpError.AddressNotAvailable;
            return null;
        }

        if (Host.FindPath(remote.Address, source) is not { } path)
        {
            error = TcpError.NetworkUnreachable;
            return null;
        }

        if (path.IsBroadcast)
        {
            error = TcpError.InvalidRemote;
            return null;
        }

        if (ConnectionCount >= Options.MaximumConnections)
        {
            error = TcpError.OutOfMemory;
            return null;
        }

        IpEndPoint from = new(path.Source, local?.Port ?? 0);
        if (!TryTakePort(ref from, remote, now, out SequenceNumber? after, out error))
        {
            return null;
        }

        TcpConnection connection = new(this, from, remote, options ?? Options.Connection, path);
        _table.Add(connection);
        connection.OpenActively(InitialSequence(from, remote, after, now), TimestampOffset(from, remote));
        return connection;
    }

    /// <summary>Opens an endpoint that takes in connections.</summary>
    /// <param name="local">The address, unspecified for all, and the port; 0 takes a free one.</param>
    /// <param name="backlog">The established connections that may wait to be accepted, at least 1.</param>
    /// <param name="options">The choices of its connections; null takes <see cref="TcpOptions.Connection"/>.</param>
    /// <param name="error">Why there is none.</param>
    public TcpListenEndpoint? Listen(IpEndPoint local, int backlog, TcpConnectionOptions? options, out TcpError error)
    {
        if (!local.Address.IsAny && !Host.IsLocal(local.Address))
        {
            error = TcpError.AddressNotAvailable;
            return null;
        }

        if (local.Port == 0)
        {
            local = FindListenPort(local.Address);
        }

        if (local.Port == 0 || IsListening(local))
        {
            error = local.Port == 0 ? TcpError.PortsExhausted : TcpError.AddressInUse;
            return null;
        }

        TcpListenEndpoint endpoint = new(this, local, Math.Max(backlog, 1), options ?? Options.Connection);
        _listeners.Add(local, endpoint);
        error = TcpError.None;
        return endpoint;
    }

    /// <summary>Whether a connection or a listen endpoint has news that nobody has taken.</summary>
    public bool HasActive => _active.First is not null || _firstActiveEndpoint is not null;

    /// <summary>Takes one connection that has events for its owner. Each is listed once until its events are taken.</summary>
    public bool TryTakeActive([NotNullWhen(true)] out TcpConnection? connection)
    {
        connection = _active.First;
        if (connection is null)
        {
            return false;
        }

        _active.Remove(connection);
        return true;
    }

    /// <summary>Takes one listen endpoint that has connections to accept.</summary>
    public bool TryTakeActive([NotNullWhen(true)] out TcpListenEndpoint? endpoint)
    {
        endpoint = _firstActiveEndpoint;
        if (endpoint is null)
        {
            return false;
        }

        _firstActiveEndpoint = endpoint.NextActive;
        if (_firstActiveEndpoint is null)
        {
            _lastActiveEndpoint = null;
        }

        endpoint.NextActive = null;
        endpoint.IsActive = false;
        return true;
    }

    /// <summary>Copies the connections, those in TIME-WAIT left out, into a list.</summary>
    public void CopyConnections(ICollection<TcpConnection> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        _table.CopyTo(destination);
    }

    internal MemoryBudget Memory { get; }

    internal void AddActive(TcpConnection connection)
    {
        if (connection.ListKind == ConnectionListKind.None)
        {
            _active.Append(connection, ConnectionListKind.Active);
        }
    }

    internal void AddActive(TcpListenEndpoint endpoint)
    {
        if (endpoint.IsActive)
        {
            return;
        }

        endpoint.IsActive = true;
        if (_lastActiveEndpoint is null)
        {
            _firstActiveEndpoint = endpoint;
        }
        else
        {
            _lastActiveEndpoint.NextActive = endpoint;
        }

        _lastActiveEndpoint = endpoint;
    }

    /// <summary>Takes a connection off the list of those with events.</summary>
    internal void Unlist(TcpConnection connection)
    {
        if (connection.ListKind == ConnectionListKind.Active)
        {
            _active.Remove(connection);
        }
    }

    internal void Remove(TcpConnection connection) => _table.Remove(connection);

    internal void Remove(TcpListenEndpoint endpoint) => _listeners.Remove(endpoint.LocalEndPoint);

    private static bool IsConnectable(in IpEndPoint remote) =>
        remote.Port != 0 && !remote.Address.IsAny && !remote.Address.IsMulticast && !remote.Address.IsLimitedBroadcast;

    private TcpListenEndpoint? FindListener(in IpEndPoint local)
    {
        if (_listeners.TryGetValue(local, out TcpListenEndpoint? endpoint))
        {
            return endpoint;
        }

        _listeners.TryGetValue(AnyAt(local), out endpoint);
        return endpoint;
    }

    private static IpEndPoint AnyAt(in IpEndPoint local) =>
        new(local.Address.IsIPv4 ? IpAddress.AnyV4 : IpAddress.AnyV6, local.Port);

    /// <summary>Whether an end point is listened on, by itself or through the unspecified address.</summary>
    private bool IsListening(in IpEndPoint local)
    {
        foreach (IpEndPoint other in _listeners.Keys)
        {
            if (other.Port == local.Port
                && other.Address.IsIPv4 == local.Address.IsIPv4
                && (other.Address == local.Address || other.Address.IsAny || local.Address.IsAny))
            {
                return true;
            }
        }

        return false;
    }
}
