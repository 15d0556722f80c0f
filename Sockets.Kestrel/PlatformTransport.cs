using System.Net;
using Microsoft.AspNetCore.Connections;

namespace NetStack.AspNetCore;

/// <summary>The transports that were registered before ours: what serves addresses the stack does not own.</summary>
internal sealed class PlatformTransport(IReadOnlyList<IConnectionListenerFactory> factories)
{
    public bool CanBind(EndPoint endpoint) => Find(endpoint) is not null;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken) =>
        (Find(endpoint) ?? throw new InvalidOperationException($"{endpoint} is no address of the stack, and no other transport is registered."))
        .BindAsync(endpoint, cancellationToken);

    private IConnectionListenerFactory? Find(EndPoint endpoint)
    {
        for (int i = factories.Count - 1; i >= 0; i--)
        {
            if (factories[i] is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint))
            {
                return factories[i];
            }
        }

        return null;
    }
}
