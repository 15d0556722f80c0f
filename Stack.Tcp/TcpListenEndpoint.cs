#pragma warning disable CA1822 // The bodies follow.
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>A local address and port that takes in connections (a passive open).</summary>
/// <remarks>RFC 9293 §3.10.1.</remarks>
public sealed class TcpListenEndpoint
{
    internal TcpListenEndpoint(IpEndPoint local, int backlog)
    {
        LocalEndPoint = local;
        Backlog = backlog;
    }

    /// <summary>The address, which may be the unspecified one, and the port.</summary>
    public IpEndPoint LocalEndPoint { get; }

    /// <summary>The established connections that may wait to be accepted.</summary>
    public int Backlog { get; }

    /// <summary>The owner's own; the stack does not look at it.</summary>
    public object? User { get; set; }

    /// <summary>Takes the connection that has waited longest; null where none waits.</summary>
    public TcpConnection? TryAccept() => null;

    /// <summary>Stops listening. Connections that were not accepted are reset.</summary>
    public void Close(Instant now) => _ = now;
}
