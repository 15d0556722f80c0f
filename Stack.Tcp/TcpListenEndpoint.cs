using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>A local address and port that takes in connections (a passive open).</summary>
/// <remarks>RFC 9293 §3.10.1.</remarks>
public sealed class TcpListenEndpoint
{
    private readonly TcpDemultiplexer _tcp;
    private ConnectionList _synQueue;
    private ConnectionList _acceptQueue;

    internal TcpListenEndpoint(TcpDemultiplexer tcp, IpEndPoint local, int backlog, TcpConnectionOptions options)
    {
        _tcp = tcp;
        LocalEndPoint = local;
        Backlog = backlog;
        Options = options;
    }

    /// <summary>The address, which may be the unspecified one, and the port.</summary>
    public IpEndPoint LocalEndPoint { get; }

    /// <summary>The established connections that may wait to be accepted.</summary>
    public int Backlog { get; set; }

    /// <summary>The choices of accepted connections.</summary>
    public TcpConnectionOptions Options { get; set; }

    /// <summary>The owner's own; the stack does not look at it.</summary>
    public object? User { get; set; }

    /// <summary>The established connections that wait.</summary>
    public int AcceptQueueLength => _acceptQueue.Count;

    /// <summary>The connections whose handshake is not complete.</summary>
    public int SynQueueLength => _synQueue.Count;

    /// <summary>Whether the endpoint takes in connections.</summary>
    public bool IsOpen { get; private set; } = true;

    // Link of the demultiplexer's list.
    internal TcpListenEndpoint? NextActive;
    internal bool IsActive;

    /// <summary>When a SYN was last answered with a cookie.</summary>
    internal Instant LastCookie = new(long.MinValue / 2);

    /// <summary>Whether as many established connections wait as may.</summary>
    internal bool IsAcceptQueueFull => _acceptQueue.Count >= Backlog;

    /// <summary>Whether as many half-open connections are held as may be.</summary>
    internal bool IsSynQueueFull => _synQueue.Count >= _tcp.Options.SynQueueLength;

    /// <summary>Whether another SYN may be held.</summary>
    internal bool HasRoom => !IsAcceptQueueFull && !IsSynQueueFull;

    /// <summary>Takes the connection that has waited longest; null where none waits.</summary>
    public TcpConnection? TryAccept()
    {
        if (_acceptQueue.First is not { } connection)
        {
            return null;
        }

        _acceptQueue.Remove(connection);
        connection.Accepted();
        return connection;
    }

    /// <summary>Stops listening. Connections that were not accepted are reset.</summary>
    public void Close(Instant now)
    {
        if (!IsOpen)
        {
            return;
        }

        IsOpen = false;
        _tcp.Remove(this);
        while ((_acceptQueue.First ?? _synQueue.First) is { } connection)
        {
            Remove(connection);
            connection.Refuse(now);
        }
    }

    /// <summary>A SYN was taken in.</summary>
    internal void Add(TcpConnection connection) => _synQueue.Append(connection, ConnectionListKind.SynQueue);

    /// <summary>A handshake is complete.</summary>
    /// <returns>False where the accept queue is full.</returns>
    internal bool TryPromote(TcpConnection connection)
    {
        if (connection.ListKind == ConnectionListKind.AcceptQueue)
        {
            // A fast open has put it there.
            return true;
        }

        if (IsAcceptQueueFull)
        {
            return false;
        }

        _synQueue.Remove(connection);
        _acceptQueue.Append(connection, ConnectionListKind.AcceptQueue);
        _tcp.AddActive(this);
        return true;
    }

    /// <summary>A connection that was not accepted is over.</summary>
    internal void Remove(TcpConnection connection)
    {
        if (connection.ListKind == ConnectionListKind.SynQueue)
        {
            _synQueue.Remove(connection);
        }
        else if (connection.ListKind == ConnectionListKind.AcceptQueue)
        {
            _acceptQueue.Remove(connection);
        }
    }
}
