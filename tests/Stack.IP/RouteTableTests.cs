using FsCheck;
using FsCheck.Fluent;

namespace NetStack.IP.Tests;

public sealed class RouteTableTests
{
    [Fact]
    [Trait("RFC", "1812 §5.2.4.3")]
    public void FindsWhatANaiveSearchFinds()
    {
        IpInterface via = new HostRig(addAddress: false).Interface;
        Gen<Route> routes =
            from family in Gen.Elements(4, 4, 6)
            from length in Gen.Choose(0, family == 4 ? 32 : 128)
            from bits in Gen.Choose(0, 63)
            from metric in Gen.Choose(0, 2)
            from gateway in Gen.Choose(1, 3)
            select new Route(new IpPrefix(Address(family, bits), length), Address(family, gateway), via, metric);
        Gen<(bool Adds, Route Route)> steps = Gen.Elements(true, true, false).SelectMany(adds => routes.Select(route => (adds, route)));

        Prop.ForAll(steps.ArrayOf().ToArbitrary(), script =>
        {
            RouteTable table = new();
            List<Route> model = [];
            foreach ((bool adds, Route route) in script)
            {
                if (adds)
                {
                    Assert.Equal(!model.Contains(route), table.Add(route));
                    model.Remove(route);
                    model.Add(route);
                }
                else
                {
                    Assert.Equal(model.Remove(route), table.Remove(route));
                }
            }

            Assert.Equal(model.Count, table.Count);
            Assert.Equal(model.Count, table.List().Count());
            for (int bits = 0; bits < 64; bits++)
            {
                foreach (int family in (int[])[4, 6])
                {
                    IpAddress address = Address(family, bits);
                    Route? expected = model.Where(route => route.Prefix.Contains(address))
                        .OrderByDescending(route => route.Prefix.Length).ThenBy(route => route.Metric).FirstOrDefault();
                    table.TryFind(address, out Route? found);
                    Assert.Equal(expected?.Prefix, found?.Prefix);
                    Assert.Equal(expected?.Metric, found?.Metric);
                }
            }
        }).QuickCheckThrowOnFailure();
    }

    // Addresses that differ in bits across the whole length, so that prefixes of any length tell some apart.
    private static IpAddress Address(int family, int bits)
    {
        ulong spread = 0;
        for (int bit = 0; bit < 6; bit++)
        {
            spread |= ((ulong)bits & (1UL << bit)) << (bit * 4);
        }

        return family == 4
            ? new IpAddress((uint)(spread | (spread << 5)))
            : new IpAddress(0x2000_0000_0000_0000 | (spread << 20), (spread << 34) | spread);
    }
}
