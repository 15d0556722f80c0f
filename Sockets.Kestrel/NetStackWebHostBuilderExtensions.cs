using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NetStack.Sockets;

namespace NetStack.AspNetCore;

/// <summary>Has Kestrel serve on a <see cref="NetworkStack"/>.</summary>
public static class NetStackWebHostBuilderExtensions
{
    /// <summary>
    /// Endpoints whose address the stack owns listen on the stack, so plain <c>UseUrls("http://10.9.0.2")</c> works;
    /// all others stay with the platform.
    /// </summary>
    /// <param name="builder">The host. Kestrel must be its server.</param>
    /// <param name="stack">The running stack; the caller disposes it, after the host.</param>
    /// <param name="configure">Changes the settings.</param>
    public static IWebHostBuilder UseNetStack(
        this IWebHostBuilder builder, NetworkStack stack, Action<NetStackTransportOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(stack);
        NetStackTransportOptions options = new();
        configure?.Invoke(options);
        return builder.ConfigureServices(services =>
        {
            List<ServiceDescriptor> others = [.. services.Where(service => service.ServiceType == typeof(IConnectionListenerFactory))];
            services.RemoveAll<IConnectionListenerFactory>();
            services.AddSingleton<IConnectionListenerFactory>(provider => new NetStackConnectionListenerFactory(
                stack,
                options,
                new PlatformTransport([.. others.Select(other => Make(other, provider))])));
        });
    }

    private static IConnectionListenerFactory Make(ServiceDescriptor descriptor, IServiceProvider provider) => (IConnectionListenerFactory)(
        descriptor.ImplementationInstance
        ?? descriptor.ImplementationFactory?.Invoke(provider)
        ?? ActivatorUtilities.CreateInstance(provider, descriptor.ImplementationType!));
}
