using NetStack.Core;

namespace NetStack.Testing;

/// <summary>Sends the requests of a <see cref="RequestResponse"/>, each after the response to the one before, then finishes.</summary>
public sealed class RequestClient : RequestApplication
{
    private readonly RequestResponse _exchange;
    private readonly Action<RequestClient, Instant>? _closed;
    private int _requests;

    /// <summary>Makes a client.</summary>
    /// <param name="exchange">What to do.</param>
    /// <param name="closed">Called when the connection is over.</param>
    public RequestClient(RequestResponse exchange, Action<RequestClient, Instant>? closed = null)
        : base(exchange.Responses, exchange.ResponseBytes, exchange.Requests, exchange.RequestBytes)
    {
        _exchange = exchange;
        _closed = closed;
    }

    /// <summary>Whether it keeps the connection open after the last response, until <see cref="Leave"/>.</summary>
    public bool StaysOpen { get; init; }

    /// <summary>Whether every response has come as it should.</summary>
    public bool IsServed => MessagesReceived == _exchange.Rounds && FirstWrongByte < 0;

    /// <summary>Finishes a connection that was kept open.</summary>
    public void Leave(Instant now) => Finish(now);

    /// <inheritdoc/>
    protected override void Connected(Instant now) => Ask(now);

    /// <inheritdoc/>
    protected override void Closed(Instant now) => _closed?.Invoke(this, now);

    private protected override void MessageArrived(Instant now) => Ask(now);

    private void Ask(Instant now)
    {
        if (_requests < _exchange.Rounds)
        {
            _requests++;
            Send(now);
        }
        else if (!StaysOpen)
        {
            Finish(now);
        }
    }
}
