using System.IO.Pipelines;
using System.Net;
using NetStack.Core;
using NetStack.Drivers.Tap;
using NetStack.Sockets;
using NetStack.Tcp;
using NetStack.Testing;

namespace NetStack.LossyLink;

/// <summary>Bulk transfers through our TCP.</summary>
internal static class OwnStack
{
    private const int BufferBytes = 4 * 1024 * 1024;
    private const int ChunkBytes = 16 * 1024;
    private const long Endless = 1L << 40;

    /// <summary>Sends over the TAPs <c>own0</c>, <c>own1</c>, ..., on each as fast as it goes, until the receiver breaks off.</summary>
    public static async Task SendAsync(int links, Func<ulong, ICongestionController> controller)
    {
        NetworkStackOptions options = new() { PauseWriterBytes = BufferBytes };
        for (int i = 0; i < links; i++)
        {
            options.AddDevice(
                TapDevice.Open(FormattableString.Invariant($"own{i}"), new TapOptions { Offloads = false }),
                FormattableString.Invariant($"{LinkPlan.SenderAddress(i)}/{LinkPlan.PrefixLength}"));
        }

        await using NetworkStack stack = NetworkStack.Start(options);
        await Task.WhenAll(Enumerable.Range(0, links).Select(async link =>
        {
            IPEndPoint remote = new(IPAddress.Parse(LinkPlan.ReceiverAddress(link)), LinkPlan.Port);
            await using NetworkConnection connection = await stack.ConnectAsync(remote, options: MakeOptions(controller));
            try
            {
                PipeWriter output = connection.Output;
                while (true)
                {
                    output.GetMemory(ChunkBytes);
                    output.Advance(ChunkBytes);
                    if ((await output.FlushAsync()).IsCompleted)
                    {
                        return;
                    }
                }
            }
            catch (IOException)
            {
                // The receiver has seen enough.
            }
        }));
    }

    /// <summary>Sends from our stack to our stack in virtual time.</summary>
    /// <returns>The bytes that arrived on each link in the time from the begin of its connection.</returns>
    public static long[] Simulate(LinkPlan plan, TimeSpan time, Func<ulong, ICongestionController> controller)
    {
        Simulation simulation = new(plan.Seed);
        List<BulkReceiver> receivers = [];
        for (int i = 0; i < plan.Count; i++)
        {
            SimulatedLink link = simulation.AddLink(plan.Conditions);
            SimulatedHost sender = simulation.AddHost(FormattableString.Invariant($"sender{i}"));
            SimulatedHost receiver = simulation.AddHost(FormattableString.Invariant($"receiver{i}"));
            sender.Attach(link.Left, new IP.IpPrefix(IP.IpAddress.Parse(LinkPlan.SenderAddress(i)), LinkPlan.PrefixLength));
            receiver.Attach(link.Right, new IP.IpPrefix(IP.IpAddress.Parse(LinkPlan.ReceiverAddress(i)), LinkPlan.PrefixLength));
            BulkReceiver received = new(default, Endless);
            receivers.Add(received);
            receiver.Listen(LinkPlan.Port, () => new BulkApplication(null, received), MakeOptions(controller));
            sender.Connect(
                new IP.IpEndPoint(receiver.Address, LinkPlan.Port),
                new BulkApplication(new BulkSender(default, Endless)),
                MakeOptions(controller));
        }

        simulation.Run(new Duration(time.Ticks * 100));
        return [.. receivers.Select(received => received.ReceivedBytes)];
    }

    private static TcpConnectionOptions MakeOptions(Func<ulong, ICongestionController> controller) =>
        new() { SendBufferBytes = BufferBytes, ReceiveBufferBytes = BufferBytes, CongestionController = controller };
}
