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
        if (IPAddress.TryParse(host, out IPAddress? literal))
        {
            return await ConnectAsync(new IPEndPoint(literal, port), cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        DnsResult result = await ResolveAsync(host, DnsRecordType.A, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<IpAddress> addresses = result.Addresses;
        if (addresses.Count == 0)
        {
            throw SocketErrors.ToException(result.Outcome, host);
        }

        for (int i = 0; ; i++)
        {
            try
            {
                IPEndPoint remote = new(addresses[i].ToIPAddress(), port);
                return await ConnectAsync(remote, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException) when (i + 1 < addresses.Count)
            {
                // The next address may be reached by another way.
            }
        }
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
