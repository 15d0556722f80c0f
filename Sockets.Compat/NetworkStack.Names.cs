using System.Net;
using System.Net.Sockets;

namespace NetStack.Sockets;

/// <content>Names of hosts.</content>
public sealed partial class NetworkStack
{
    /// <summary>Asks the network for the addresses of a name; null while the stack has no resolver.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>>? Resolver { get; set; }

    /// <summary>Finds the addresses of a host.</summary>
    /// <param name="host">A name, or an address in its text form.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">The name is not known.</exception>
    internal async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return [address];
        }

        // RFC 6761 §6.3: "localhost" is not a question for the network.
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            return [IPAddress.Loopback];
        }

        IPAddress[] addresses = Resolver is { } resolver ? await resolver(host, cancellationToken).ConfigureAwait(false) : [];
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }
}
