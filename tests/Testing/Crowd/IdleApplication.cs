using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing.Tests.Crowd;

/// <summary>Does nothing with its connection but to put it on a list, and lets go of it.</summary>
internal sealed class IdleApplication(List<TcpConnection> connections) : TcpApplication
{
    protected override void Connected(Instant now)
    {
        connections.Add(Connection);
        Connection.User = null;
    }
}
