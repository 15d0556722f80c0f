namespace NetStack.IP;

/// <summary>The endpoints that share one port number.</summary>
internal sealed class UdpPort
{
    /// <summary>Those that are not connected, the latest first: one for each local address, more only where addresses are shared.</summary>
    public UdpEndpoint? First { get; private set; }

    /// <summary>The connected ones, which stand in the demultiplexer's table of pairs.</summary>
    public int ConnectedCount { get; set; }

    /// <summary>Those of the connected ones that do not share their address.</summary>
    public int ExclusiveCount { get; set; }

    /// <summary>Whether nobody has the port.</summary>
    public bool IsEmpty => First is null && ConnectedCount == 0;

    /// <summary>Finds the unconnected endpoint for an address: one bound to it, otherwise one bound to all.</summary>
    public UdpEndpoint? Find(IpAddress local)
    {
        UdpEndpoint? all = null;
        for (UdpEndpoint? endpoint = First; endpoint is not null; endpoint = endpoint.PortNext)
        {
            IpAddress bound = endpoint.LocalEndPoint.Address;
            if (bound == local)
            {
                return endpoint;
            }

            if (bound.IsAny && (bound.IsIPv4 == local.IsIPv4 || endpoint.DualMode))
            {
                all ??= endpoint;
            }
        }

        return all;
    }

    /// <summary>Whether an address can be bound beside those that are.</summary>
    public bool Admits(IpAddress address, bool reuseAddress, bool dualMode)
    {
        if (ConnectedCount > 0 && (!reuseAddress || ExclusiveCount > 0))
        {
            return false;
        }

        for (UdpEndpoint? endpoint = First; endpoint is not null; endpoint = endpoint.PortNext)
        {
            IpAddress bound = endpoint.LocalEndPoint.Address;
            bool isSameFamily = bound.IsIPv4 == address.IsIPv4
                || (address.IsAny && dualMode) || (bound.IsAny && endpoint.DualMode);
            bool overlaps = bound == address || (isSameFamily && (bound.IsAny || address.IsAny));
            if (overlaps && !(reuseAddress && endpoint.ReuseAddress))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Adds an unconnected endpoint.</summary>
    public void Add(UdpEndpoint endpoint)
    {
        endpoint.PortNext = First;
        First = endpoint;
    }

    /// <summary>Takes an unconnected endpoint out.</summary>
    public void Remove(UdpEndpoint endpoint)
    {
        if (First == endpoint)
        {
            First = endpoint.PortNext;
        }
        else
        {
            UdpEndpoint? previous = First;
            while (previous is not null && previous.PortNext != endpoint)
            {
                previous = previous.PortNext;
            }

            if (previous is not null)
            {
                previous.PortNext = endpoint.PortNext;
            }
        }

        endpoint.PortNext = null;
    }
}
