using NetStack.Peers;

namespace NetStack.Drivers.Tap.Tests;

/// <summary>Two TAPs, one with offloads and one without, between which the kernel routes.</summary>
internal sealed class RoutedTaps : IDisposable
{
    private readonly NetworkNamespace _space;

    private RoutedTaps(NetworkNamespace space)
    {
        _space = space;
        With = new AttachedTap(space, "tap0", Offloads);
        Without = new AttachedTap(space, "tap1");
    }

    public static TapOptions Offloads { get; } = new() { Offloads = true };

    public AttachedTap With { get; }

    public AttachedTap Without { get; }

    /// <summary>Opens both.</summary>
    /// <param name="destination">The address that the kernel is to find behind the TAP without offloads, if any.</param>
    public static async Task<RoutedTaps> OpenAsync(string? destination = null)
    {
        NetworkNamespace space = await MakeSpaceAsync();
        RoutedTaps taps = new(space);
        if (destination is not null)
        {
            await MakeNeighborAsync(space, destination, taps.Without);
        }

        return taps;
    }

    /// <summary>A namespace with the TAPs, 10.9.0.1 and fd00:9::1 at the first, 10.8.0.1 and fd00:8::1 at the second.</summary>
    public static async Task<NetworkNamespace> MakeSpaceAsync()
    {
        NetworkNamespace space = await NetworkNamespace.CreateAsync(hasIpv6: true);
        await space.AddTapAsync("tap0", "10.9.0.1/24");
        await space.AddTapAsync("tap1", "10.8.0.1/24");
        await space.IpAsync("address add fd00:9::1/64 dev tap0 nodad");
        await space.IpAsync("address add fd00:8::1/64 dev tap1 nodad");
        await space.ShellAsync("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
        return space;
    }

    public static Task<string> MakeNeighborAsync(NetworkNamespace space, string address, AttachedTap tap) =>
        space.IpAsync($"neighbour replace {address} lladdr {tap.Device.Address} dev {tap.Device.InterfaceName} nud permanent");

    public void Dispose()
    {
        With.Dispose();
        Without.Dispose();
        _space.Dispose();
    }
}
