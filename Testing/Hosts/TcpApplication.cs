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

    /// <summary>Whether <see cref="Abandon"/> was called.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Whether the application has nothing left to do: what arrived before an orderly end may still be read after it.</summary>
    public virtual bool IsDone => IsClosed || IsAbandoned;

    /// <summary>Why it is over.</summary>
    public TcpError Error { get; private set; }

    /// <summary>When it was opened.</summary>
    public Instant OpenedAt { get; private set; }

    /// <summary>When it was over.</summary>
    public Instant ClosedAt { get; private set; } = Instant.Never;

    /// <summary>Closes the connection at whatever point it is, and hears no more of it: the machine finishes by itself.</summary>
    public void Abandon(Instant now)
    {
        if (!IsClosed && !IsAbandoned)
        {
            IsAbandoned = true;
            Abandoned();
            Connection.Close(now);
            Host.Wake();
        }
    }

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
            if (Error != TcpError.None)
            {
                // What had arrived before the error could still be read: nobody here wants it.
                Connection.StopReceiving(now);
            }
        }
    }

    /// <summary>The application is to give back what it holds; the connection is closed next.</summary>
    protected virtual void Abandoned()
    {
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
