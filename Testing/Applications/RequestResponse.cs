namespace NetStack.Testing;

/// <summary>An exchange that client and server agree on: fixed requests, each answered by a fixed response.</summary>
/// <param name="RequestBytes">The length of a request; at least 1.</param>
/// <param name="ResponseBytes">The length of a response; at least 1.</param>
/// <param name="Rounds">The requests on one connection, one after the other.</param>
public sealed record RequestResponse(int RequestBytes, int ResponseBytes, int Rounds)
{
    /// <summary>The content of all requests of a connection, one behind the other.</summary>
    public StreamContent Requests { get; } = new(0x52_45_51);

    /// <summary>The content of all responses of a connection, one behind the other.</summary>
    public StreamContent Responses { get; } = new(0x52_45_53);
}
