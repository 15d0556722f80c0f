using NetStack.Core;

namespace NetStack.Testing;

/// <summary>Answers each request of a <see cref="RequestResponse"/>, and finishes when the client does.</summary>
public sealed class ResponseServer : RequestApplication
{
    /// <summary>Makes the server's side of one connection.</summary>
    public ResponseServer(RequestResponse exchange)
        : base(exchange.Requests, exchange.RequestBytes, exchange.Responses, exchange.ResponseBytes)
    {
    }

    private protected override void MessageArrived(Instant now) => Send(now);
}
