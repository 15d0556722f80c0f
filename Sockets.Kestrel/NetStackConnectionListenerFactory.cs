using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Connections;
using NetStack.Sockets;

namespace NetStack.AspNetCore;

/// <summary>
/// Binds Kestrel's endpoints: those whose address the stack owns on the stack, the rest on the platform's own transport.
/// </summary>
internal sealed class NetStackConnectionListenerFactory(NetworkStack stack, NetStackTransportOptions options, PlatformTransport platform)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => IsOurs(endpoint) || platform.CanBind(endpoint);

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "Kestrel disposes the listener.")]
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (!IsOurs(endpoint))
        {
            return await platform.BindAsync(endpoint, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            NetworkListener listener = await stack
                .ListenAsync((IPEndPoint)endpoint, options.Backlog, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            return new NetStackConnectionListener(listener);
        }
        catch (System.Net.Sockets.SocketException exception) when (exception.SocketErrorCode == System.Net.Sockets.SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }
    }

    private bool IsOurs(EndPoint endpoint) =>
        endpoint is IPEndPoint ip && (stack.Owns(ip.Address) || (options.TakesAnyAddress && IsAny(ip.Address)));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
