using System.Net;

namespace NetStack.Sockets;

/// <content>The platform's HTTP client on the stack.</content>
public sealed partial class NetworkStack
{
    /// <summary>
    /// Makes a handler for <see cref="HttpClient"/> whose connections and name lookups go over this stack. TLS, pooling and
    /// redirects are the platform's; no proxy is used, because the one of the environment is for the kernel's network.
    /// </summary>
    /// <example>
    /// <code>using HttpClient client = new(stack.CreateHttpHandler());</code>
    /// </example>
    public SocketsHttpHandler CreateHttpHandler() => new()
    {
        UseProxy = false,
        ConnectCallback = async (connecting, cancellationToken) =>
        {
            DnsEndPoint remote = connecting.DnsEndPoint;
            NetworkConnection connection = await ConnectAsync(remote.Host, remote.Port, cancellationToken).ConfigureAwait(false);
            return connection.AsStream();
        },
    };
}
