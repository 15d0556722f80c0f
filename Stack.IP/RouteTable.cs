using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace NetStack.IP;

/// <summary>
/// The routes of a host. A search asks one hash table for each prefix length in use, the longest first; it does not
/// depend on the number of routes. Packets do not search: they follow an <see cref="IpPath"/>.
/// </summary>
/// <remarks>RFC 1812 §5.2.4.3 (longest match, then metric).</remarks>
public sealed class RouteTable
{
    private const int LengthsV4 = 33;
    private const int LengthsV6 = 129;

    // IPv4 lengths first, then IPv6 lengths. A list holds the routes of one prefix, best first.
    private readonly Dictionary<IpAddress, List<Route>>?[] _byLength = new Dictionary<IpAddress, List<Route>>?[LengthsV4 + LengthsV6];
    private readonly UInt128[] _lengthsInUse = new UInt128[2];

    internal RouteTable()
    {
    }

    /// <summary>The number of routes.</summary>
    public int Count { get; private set; }

    /// <summary>Changes with every change of routes or addresses: paths found before are stale.</summary>
    internal uint Generation { get; set; }

    /// <summary>Adds a route.</summary>
    /// <returns>False where the table has an equal one already.</returns>
    public bool Add(Route route)
    {
        ArgumentNullException.ThrowIfNull(route);
        Dictionary<IpAddress, List<Route>> table = _byLength[Index(route.Prefix)] ??= [];
        if (!table.TryGetValue(route.Prefix.Address, out List<Route>? routes))
        {
            table.Add(route.Prefix.Address, routes = []);
        }

        if (routes.Contains(route))
        {
            return false;
        }

        int position = routes.Count;
        while (position > 0 && routes[position - 1].Metric > route.Metric)
        {
            position--;
        }

        routes.Insert(position, route);
        // The length 128 has no bit of its own: 0 to 127 are kept, 128 is always asked.
        _lengthsInUse[Family(route.Prefix.Address)] |= Bit(route.Prefix.Length);
        Count++;
        Generation++;
        return true;
    }

    /// <summary>Removes a route.</summary>
    /// <returns>False where the table has no equal one.</returns>
    public bool Remove(Route route)
    {
        ArgumentNullException.ThrowIfNull(route);
        Dictionary<IpAddress, List<Route>>? table = _byLength[Index(route.Prefix)];
        if (table is null || !table.TryGetValue(route.Prefix.Address, out List<Route>? routes) || !routes.Remove(route))
        {
            return false;
        }

        if (routes.Count == 0)
        {
            table.Remove(route.Prefix.Address);
        }

        if (table.Count == 0)
        {
            _lengthsInUse[Family(route.Prefix.Address)] &= ~Bit(route.Prefix.Length);
        }

        Count--;
        Generation++;
        return true;
    }

    /// <summary>Finds the route with the longest prefix that holds an address, and of those the one with the lowest metric.</summary>
    public bool TryFind(IpAddress destination, [NotNullWhen(true)] out Route? route)
    {
        int family = Family(destination);
        if (family == 1 && TryFind(destination, 128, out route))
        {
            return true;
        }

        UInt128 lengths = _lengthsInUse[family];
        while (lengths != UInt128.Zero)
        {
            int length = 127 - (int)UInt128.LeadingZeroCount(lengths);
            lengths &= ~Bit(length);
            if (TryFind(destination, length, out route))
            {
                return true;
            }
        }

        route = null;
        return false;
    }

    /// <summary>All routes, the longest prefixes first.</summary>
    public IEnumerable<Route> List()
    {
        for (int index = _byLength.Length - 1; index >= 0; index--)
        {
            if (_byLength[index] is not { } table)
            {
                continue;
            }

            foreach (List<Route> routes in table.Values)
            {
                foreach (Route route in routes)
                {
                    yield return route;
                }
            }
        }
    }

    private static int Family(IpAddress address) => address.IsIPv4 ? 0 : 1;

    private static UInt128 Bit(int length) => length < 128 ? UInt128.One << length : UInt128.Zero;

    private static int Index(IpPrefix prefix) => prefix.Address.IsIPv4 ? prefix.Length : LengthsV4 + prefix.Length;

    private bool TryFind(IpAddress destination, int length, [NotNullWhen(true)] out Route? route)
    {
        IpPrefix prefix = new(destination, length);
        if (_byLength[Index(prefix)] is { } table && table.TryGetValue(prefix.Network, out List<Route>? routes))
        {
            route = routes[0];
            return true;
        }

        route = null;
        return false;
    }
}
