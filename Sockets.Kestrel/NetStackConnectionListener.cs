using System.Net;
using Microsoft.AspNetCore.Connections;
using NetStack.Sockets;

namespace NetStack.AspNetCore;

/// <summary>Accepts connections of the stack for Kestrel.</summary>
internal sealed class NetStackConnectionListener(NetworkListener listener) : IConnectionListener
{
    private readonly CancellationTokenSource _unbound = new();

    public EndPoint EndPoint => listener.LocalEndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            NetworkConnection connection = await listener.AcceptAsync(_unbound.Token).ConfigureAwait(false);
            return new NetStackConnectionContext(connection);
        }
        catch (OperationCanceledException) when (_unbound.IsCancellationRequested)
        {
            return null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbound.CancelAsync().ConfigureAwait(false);
        await listener.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync().ConfigureAwait(false);
        _unbound.Dispose();
    }
}
