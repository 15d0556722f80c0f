using NetStack.IP;

namespace NetStack.Testing;

/// <summary>The smallest network: a client and a server on one link, 10.0.0.1 and 10.0.0.2.</summary>
/// <param name="Client">The host at the left end.</param>
/// <param name="Server">The host at the right end.</param>
/// <param name="Link">The link.</param>
public sealed record HostPair(SimulatedHost Client, SimulatedHost Server, SimulatedLink Link)
{
    private const int PrefixLength = 24;

    /// <summary>Adds the two hosts and their link to a simulation.</summary>
    /// <param name="simulation">The simulation.</param>
    /// <param name="conditions">The conditions from client to server.</param>
    /// <param name="back">Those from server to client; the same where null.</param>
    /// <param name="options">The limits of both hosts; the defaults where null.</param>
    /// <param name="ends">What the devices are like; plain Ethernet where null.</param>
    public static HostPair Make(
        Simulation simulation,
        LinkConditions conditions,
        LinkConditions? back = null,
        SimulatedHostOptions? options = null,
        LinkEndOptions? ends = null)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        SimulatedLink link = simulation.AddLink(conditions, back, ends);
        SimulatedHost client = simulation.AddHost("client", options);
        SimulatedHost server = simulation.AddHost("server", options);
        client.Attach(link.Left, new IpPrefix(IpAddress.Parse("10.0.0.1"), PrefixLength));
        server.Attach(link.Right, new IpPrefix(IpAddress.Parse("10.0.0.2"), PrefixLength));
        return new HostPair(client, server, link);
    }

    /// <summary>The server's address with a port.</summary>
    public IpEndPoint ServerEndPoint(ushort port) => new(Server.Address, port);
}
