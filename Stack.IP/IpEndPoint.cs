using System.Net;

namespace NetStack.IP;

/// <summary>An address and a port.</summary>
/// <param name="Address">The address, of either family.</param>
/// <param name="Port">The port, in host order.</param>
public readonly record struct IpEndPoint(IpAddress Address, ushort Port)
{
    /// <summary>Converts from the platform's type.</summary>
    public static IpEndPoint From(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return new(IpAddress.From(endPoint.Address), (ushort)endPoint.Port);
    }

    /// <summary>Converts to the platform's type.</summary>
    public IPEndPoint ToIPEndPoint() => new(Address.ToIPAddress(), Port);

    /// <summary>The text form: <c>10.0.0.1:80</c> or <c>[2001:db8::1]:80</c>.</summary>
    public override string ToString() => Address.IsIPv4
        ? FormattableString.Invariant($"{Address}:{Port}")
        : FormattableString.Invariant($"[{Address}]:{Port}");
}
