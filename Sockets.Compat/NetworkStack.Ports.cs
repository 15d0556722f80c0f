using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <content>TCP ports that a socket has bound and neither listens on nor connects from yet: TCP itself has no such state.</content>
public sealed partial class NetworkStack
{
    private const int PortDraws = 64;

    // The first loop's only, which gives the ports of all shards away. Two sockets may be bound to one port; the second one fails when it listens.
    private readonly Dictionary<ushort, int> _boundPorts = [];

    /// <summary>Binds an address and port for later; port 0 becomes a free one.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">Somebody listens there, or the address is none of the stack's.</exception>
    internal Task<IpEndPoint> BindPortAsync(IpEndPoint local) => Loop.CallAsync(now =>
    {
        for (int draw = 0; draw < PortDraws; draw++)
        {
            // Whoever could listen there now may have it.
            TcpListenEndpoint probe = Loop.Tcp.Listen(Unmap(local), 1, null, out TcpError error)
                ?? throw SocketErrors.ToException(error);
            ushort port = probe.LocalEndPoint.Port;
            probe.Close(now);
            if (local.Port != 0 || !_boundPorts.ContainsKey(port))
            {
                _boundPorts[port] = _boundPorts.GetValueOrDefault(port) + 1;
                return local with { Port = port };
            }
        }

        throw SocketErrors.ToException(TcpError.PortsExhausted);
    });

    /// <summary>Gives back a port of <see cref="BindPortAsync"/>.</summary>
    internal Task FreePortAsync(ushort port) => Loop.TryCallAsync(_ =>
    {
        int sockets = _boundPorts.GetValueOrDefault(port);
        return sockets > 1 ? (_boundPorts[port] = sockets - 1) > 0 : _boundPorts.Remove(port);
    });
}
