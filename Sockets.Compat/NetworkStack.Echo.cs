using System.Net;
using System.Net.Sockets;

namespace NetStack.Sockets;

/// <content>ICMP echo.</content>
public sealed partial class NetworkStack
{
    private const int DefaultEchoBytes = 56;
    private static readonly TimeSpan DefaultEchoTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Opens a socket for echo requests.</summary>
    /// <exception cref="SocketException">All identifiers are in use.</exception>
    public Task<EchoSocket> OpenEchoAsync()
    {
        StackShard shard = NextShard();
        return shard.Loop.CallAsync(_ => shard.OpenEcho());
    }

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
}
