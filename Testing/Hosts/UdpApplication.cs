using NetStack.Core;
using NetStack.IP;

namespace NetStack.Testing;

/// <summary>The owner of one UDP endpoint, driven by the machine's events in the loop of its host.</summary>
public abstract class UdpApplication
{
    private SimulatedHost? _host;
    private UdpEndpoint? _endpoint;

    /// <summary>The host it runs on.</summary>
    /// <exception cref="InvalidOperationException">It has no endpoint yet.</exception>
    public SimulatedHost Host => _host ?? throw new InvalidOperationException("The application has no endpoint yet.");

    /// <summary>The endpoint.</summary>
    /// <exception cref="InvalidOperationException">It has no endpoint yet.</exception>
    public UdpEndpoint Endpoint => _endpoint ?? throw new InvalidOperationException("The application has no endpoint yet.");

    internal void Attach(SimulatedHost host, UdpEndpoint endpoint)
    {
        if (_endpoint is not null)
        {
            throw new InvalidOperationException("An application owns one endpoint.");
        }

        _host = host;
        _endpoint = endpoint;
        endpoint.User = this;
    }

    internal void EventsArrive(UdpEvents events, Instant now) => Happened(events, now);

    /// <summary>Datagrams have arrived, room has opened, or there is an error.</summary>
    protected abstract void Happened(UdpEvents events, Instant now);
}
