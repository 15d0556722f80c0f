namespace NetStack.IP;

/// <summary>A way to a network.</summary>
public sealed record Route
{
    /// <summary>Makes a route.</summary>
    /// <param name="prefix">The network; host bits are cleared.</param>
    /// <param name="gateway">The router, which must itself be on the link; null where the network is on the link.</param>
    /// <param name="interface">Where packets leave.</param>
    /// <param name="metric">Of several routes to one prefix that of the lowest metric is taken.</param>
    /// <exception cref="ArgumentException">Gateway and prefix are of two families.</exception>
    public Route(IpPrefix prefix, IpAddress? gateway, IpInterface @interface, int metric = 0)
    {
        ArgumentNullException.ThrowIfNull(@interface);
        if (gateway is { } router && router.IsIPv4 != prefix.Address.IsIPv4)
        {
            throw new ArgumentException("The gateway is of another family than the prefix.", nameof(gateway));
        }

        Prefix = new IpPrefix(prefix.Network, prefix.Length);
        Gateway = gateway;
        Interface = @interface;
        Metric = metric;
    }

    /// <summary>The network.</summary>
    public IpPrefix Prefix { get; }

    /// <summary>The router, or null where the network is on the link.</summary>
    public IpAddress? Gateway { get; }

    /// <summary>Where packets leave.</summary>
    public IpInterface Interface { get; }

    /// <summary>The preference among routes to one prefix: lowest first.</summary>
    public int Metric { get; }

    /// <summary>The text form, as <c>ip route</c> prints it.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Prefix}{(Gateway is { } gateway ? $" via {gateway}" : "")} dev {Interface.Name} metric {Metric}");
}
