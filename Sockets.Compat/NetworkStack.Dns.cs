using System.Net;
using System.Net.Sockets;
using NetStack.Dns;
using NetStack.IP;

namespace NetStack.Sockets;

/// <content>Names.</content>
public sealed partial class NetworkStack
{
    private readonly Lock _resolverLock = new();
    private NameResolver? _nameResolver;

    /// <summary>Looks a name up at the stack's DNS servers, or in what they answered before.</summary>
    /// <param name="name">The name, or an address, which answers itself.</param>
    /// <param name="type">The type of record wanted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How the lookup ended and what it found. An unknown name is an outcome, not an exception.</returns>
    /// <exception cref="ObjectDisposedException">The stack has ended.</exception>
    /// <exception cref="InvalidOperationException">More lookups are under way than the resolver takes.</exception>
    public Task<DnsResult> ResolveAsync(
        string name, DnsRecordType type = DnsRecordType.A, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Names.ResolveAsync(name, type, cancellationToken);
    }

    /// <summary>Opens a TCP connection to a host by name: to the first of its addresses that answers.</summary>
    /// <param name="host">The name or address.</param>
    /// <param name="port">The port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">The name is not known, or no address of it answers.</exception>
    public async Task<NetworkConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        IReadOnlyList<IPAddress> addresses = await FindAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        for (int i = 0; ; i++)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(addresses[i], port), cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException) when (i + 1 < addresses.Count)
            {
                // The next address may be reached by another way.
            }
        }
    }

    /// <summary>Finds the addresses of a host: of a name at the stack's DNS servers, of an address itself.</summary>
    /// <param name="host">The name or address.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>At least one address, in the order of the answer.</returns>
    /// <exception cref="SocketException">The name is not known, or has no address.</exception>
    public async Task<IReadOnlyList<IPAddress>> FindAddressesAsync(string host, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (IPAddress.TryParse(host, out IPAddress? literal))
        {
            return [literal];
        }

        DnsResult result = await ResolveAsync(host, DnsRecordType.A, cancellationToken).ConfigureAwait(false);
        return result.Addresses.Count > 0
            ? [.. result.Addresses.Select(address => address.ToIPAddress())]
            : throw SocketErrors.ToException(result.Outcome, host);
    }

    private NameResolver Names
    {
        get
        {
            lock (_resolverLock)
            {
                return _nameResolver ??= new NameResolver(this);
            }
        }
    }
}
