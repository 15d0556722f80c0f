using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>What the table of connections holds: a connection, or what is left of one in TIME-WAIT.</summary>
/// <remarks>RFC 9293 §3.3.1, "transmission control block".</remarks>
public abstract class ControlBlock : TimerNode
{
    private protected ControlBlock(IpEndPoint local, IpEndPoint remote)
    {
        LocalEndPoint = local;
        RemoteEndPoint = remote;
    }

    /// <summary>Our address and port.</summary>
    public IpEndPoint LocalEndPoint { get; }

    /// <summary>The peer's address and port.</summary>
    public IpEndPoint RemoteEndPoint { get; }
}
