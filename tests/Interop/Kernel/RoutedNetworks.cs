using NetStack.Drivers.Tap;
using NetStack.IP;
using NetStack.Peers;
using NetStack.Sockets;

namespace NetStack.Interop.Tests;

/// <summary>Two namespaces of the kernel's, 10.9.0.1 and 10.8.0.1, and between them a stack of ours that routes, on a TAP in each.</summary>
internal sealed class RoutedNetworks : IAsyncDisposable
{
    public const string LeftAddress = "10.9.0.1";
    public const string RightAddress = "10.8.0.1";
    public const string RouterAddress = "10.9.0.2";

    private RoutedNetworks(NetworkNamespace left, NetworkNamespace right, NetworkStack router)
    {
        Left = left;
        Right = right;
        Router = router;
    }

    public NetworkNamespace Left { get; }

    public NetworkNamespace Right { get; }

    public NetworkStack Router { get; }

    /// <summary>Makes all of it.</summary>
    /// <param name="hasOffloads">Whether the TAPs carry super-frames: the left one, and the right one.</param>
    /// <param name="rightMtuBytes">The MTU of the right network.</param>
    /// <param name="filter">What the router lets through.</param>
    public static async Task<RoutedNetworks> StartAsync(
        (bool Left, bool Right) hasOffloads = default, int rightMtuBytes = 1500, PacketFilter? filter = null)
    {
        NetworkNamespace left = await NetworkNamespace.CreateAsync();
        NetworkNamespace right = await NetworkNamespace.CreateAsync();
        await left.AddTapAsync("tap0", LeftAddress + "/24");
        await right.AddTapAsync("tap0", RightAddress + "/24", rightMtuBytes);
        await left.IpAsync("route add default via 10.9.0.2");
        await right.IpAsync("route add default via 10.8.0.2");
        NetworkStackOptions options = new() { Ip = new IpHostOptions { Forwards = true }, Filter = filter };
        options.AddDevice(Open(left, hasOffloads.Left), RouterAddress + "/24");
        options.AddDevice(Open(right, hasOffloads.Right), "10.8.0.2/24");
        return new RoutedNetworks(left, right, NetworkStack.Start(options));
    }

    public async ValueTask DisposeAsync()
    {
        await Router.DisposeAsync();
        int outstanding = (await Router.ReadStatisticsAsync()).OutstandingBlocks;
        Left.Dispose();
        Right.Dispose();
        Assert.Equal(0, outstanding);
    }

    private static TapDevice Open(NetworkNamespace space, bool hasOffloads) =>
        space.Enter(() => TapDevice.Open("tap0", new TapOptions { Offloads = hasOffloads }));
}
