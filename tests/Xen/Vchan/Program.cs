// A side of a vchan by our own library, and a look at what the device files of Xen do.
//
//     vchan listen DOMAIN PATH echo|stream BYTES [RECEIVE_RING TRANSMIT_RING]
//     vchan connect DOMAIN PATH echo|stream BYTES
//     vchan probe
//
// echo sends back what comes until the other side leaves; stream sends a pattern and compares what comes back with it.
using System.Globalization;
using NetStack.Drivers.XenNetfront;
using NetStack.VchanPeer;

try
{
    using LinuxHypervisor xen = LinuxHypervisor.Open();
    return args switch
    {
        ["probe"] => PlatformProbe.Run(xen),
        ["listen" or "connect", _, _, "echo" or "stream", ..] => await ServeAsync(xen, args),
        _ => Usage(),
    };
}
catch (XenException failure)
{
    Console.Error.WriteLine($"vchan: {failure.Message}");
    return 3;
}

static async Task<int> ServeAsync(LinuxHypervisor xen, string[] args)
{
    ushort domain = ushort.Parse(args[1], CultureInfo.InvariantCulture);
    int sizes = args[3] == "stream" ? 5 : 4;
    VchanOptions options = args.Length > sizes + 1
        ? new VchanOptions { ReceiveRingBytes = Number(args[sizes]), TransmitRingBytes = Number(args[sizes + 1]) }
        : new VchanOptions();
    await using VchanConnection channel = args[0] == "listen"
        ? VchanConnection.Listen(xen, domain, args[2], options)
        : await VchanConnection.ConnectAsync(xen, domain, args[2], options);
    Console.WriteLine("vchan: open");
    await channel.Connected;
    Console.WriteLine($"vchan: connected, {xen.Grants.InUse} grants in use");
    return args[3] == "stream" ? await ChannelStream.SendAndCompareAsync(channel, Number(args[4])) : await ChannelStream.EchoAsync(channel);
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine("vchan: listen|connect DOMAIN PATH echo|stream BYTES [RECEIVE_RING TRANSMIT_RING], or probe");
    return 2;
}
