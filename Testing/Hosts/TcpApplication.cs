using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing;

/// <summary>
/// The owner of one connection, driven by the machine's events in the loop of its host, as the edge of the stack is.
/// </summary>
public abstract class TcpApplication
{
    private SimulatedHost? _host;
    private TcpConnection? _connection;

    /// <summary>The host it runs on.</summary>
    /// <exception cref="InvalidOperationException">It has no connection yet.</exception>
    public SimulatedHost Host => _host ?? throw new InvalidOperationException("The application has no connection yet.");

    /// <summary>The connection.</summary>
    /// <exception cref="InvalidOperationException">It has no connection yet.</exception>
    public TcpConnection Connection =>
        _connection ?? throw new InvalidOperationException("The application has no connection yet.");

    /// <summary>Whether the handshake was completed.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Whether the connection is over.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether the application has nothing left to do: what arrived before an orderly end may still be read after it.</summary>
    public virtual bool IsDone => IsClosed;

    /// <summary>Why it is over.</summary>
    public TcpError Error { get; private set; }

    /// <summary>When it was opened.</summary>
    public Instant OpenedAt { get; private set; }

    /// <summary>When it was over.</summary>
    public Instant ClosedAt { get; private set; } = Instant.Never;

    internal void Attach(SimulatedHost host, TcpConnection connection)
    {
        if (_connection is not null)
        {
            throw new InvalidOperationException("An application owns one connection.");
        }

        _host = host;
        _connection = connection;
        connection.User = this;
        OpenedAt = host.Now;
    }

    internal void EventsArrive(TcpEvents events, Instant now)
    {
        if (events.HasFlag(TcpEvents.Connected))
        {
            IsConnected = true;
            Connected(now);
        }

        if (events.HasFlag(TcpEvents.Readable))
        {
            Readable(now);
        }

        if (events.HasFlag(TcpEvents.Writable))
        {
            Writable(now);
        }

        if (events.HasFlag(TcpEvents.Closed) && !IsClosed)
        {
            IsClosed = true;
            ClosedAt = now;
            Error = Connection.Error;
            Closed(now);
        }
    }

    /// <summary>The handshake is complete.</summary>
    protected virtual void Connected(Instant now)
    {
    }

    /// <summary>There is payload to take, or the peer has finished.</summary>
    protected virtual void Readable(Instant now)
    {
    }

    /// <summary>Room has opened in the send buffer.</summary>
    protected virtual void Writable(Instant now)
    {
    }

    /// <summary>The connection is over: <see cref="Error"/> tells why. The last call. After an orderly end what has arrived can still be taken.</summary>
    protected virtual void Closed(Instant now)
    {
    }
}
