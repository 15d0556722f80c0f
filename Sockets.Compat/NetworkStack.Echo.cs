using System.Net;
using System.Net.Sockets;
using NetStack.IP;

namespace NetStack.Sockets;

/// <content>ICMP echo.</content>
public sealed partial class NetworkStack
{
    private const int DefaultEchoBytes = 56;
    private static readonly TimeSpan DefaultEchoTimeout = TimeSpan.FromSeconds(5);

    // Loop only.
    private readonly HashSet<EchoSocket> _echoSockets = [];

    /// <summary>Opens a socket for echo requests.</summary>
    /// <exception cref="SocketException">All identifiers are in use.</exception>
    public Task<EchoSocket> OpenEchoAsync() => Loop.CallAsync(_ =>
    {
        IcmpEchoEndpoint endpoint = Loop.Host.Echo.Open()
            ?? throw new SocketException((int)SocketError.AddressAlreadyInUse);
        EchoSocket socket = new(this, endpoint);
        _echoSockets.Add(socket);
        return socket;
    });

    /// <summary>Sends one echo request and waits for what comes of it.</summary>
    /// <param name="destination">Whom to ask.</param>
    /// <param name="payloadBytes">The data to be echoed, in bytes.</param>
    /// <param name="timeout">How long to wait; 5 s where null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<EchoReply> PingAsync(
        IPAddress destination,
        int payloadBytes = DefaultEchoBytes,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        EchoSocket socket = await OpenEchoAsync().ConfigureAwait(false);
        try
        {
            return await socket.PingAsync(
                destination, payloadBytes, timeout ?? DefaultEchoTimeout, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await socket.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Loop: an echo socket has closed.</summary>
    internal void Forget(EchoSocket socket) => _echoSockets.Remove(socket);

    private void CloseEchoSockets()
    {
        foreach (EchoSocket socket in _echoSockets.ToArray())
        {
            socket.Close();
        }
    }
}
