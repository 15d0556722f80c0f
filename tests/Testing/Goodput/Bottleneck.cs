using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

/// <summary>
/// Hosts that all send to one other through a switch whose last link is the bottleneck, each by one connection that never
/// ends: what each got is looked at between two instants.
/// </summary>
internal sealed class Bottleneck
{
    private const ushort Port = 7;
    private const int BufferBytes = 4 * 1024 * 1024;

    // More than any test lets through.
    private const long Endless = 1L << 40;

    private readonly Simulation _simulation;
    private readonly SimulatedSwitch _switch;
    private readonly SimulatedHost _receiver;
    private readonly TcpListenEndpoint _endpoint;
    private readonly List<SimulatedHost> _hosts = [];
    private readonly List<BulkApplication> _senders = [];
    private readonly List<BulkApplication> _receivers = [];

    /// <summary>Makes the network.</summary>
    /// <param name="simulation">Where.</param>
    /// <param name="rateBitsPerSecond">The rate of the bottleneck.</param>
    /// <param name="queueBytes">Its queue.</param>
    /// <param name="latency">Its latency, one way.</param>
    public Bottleneck(Simulation simulation, long rateBitsPerSecond, int queueBytes, Duration latency)
    {
        _simulation = simulation;
        _switch = simulation.AddSwitch("switch");
        LinkConditions back = new() { Latency = latency };
        SimulatedLink link = _switch.AddLink(
            back, back with { RateBitsPerSecond = rateBitsPerSecond, QueueBytes = queueBytes });
        _receiver = simulation.AddHost("receiver");
        _receiver.Attach(link.Left, new IpPrefix(IpAddress.Parse("10.0.0.1"), 24));
        BottleneckDirection = link.RightToLeft;
        _endpoint = _receiver.Listen(Port, Accept, new TcpConnectionOptions { ReceiveBufferBytes = BufferBytes });
    }

    /// <summary>The direction that is short.</summary>
    public LinkDirection BottleneckDirection { get; }

    /// <summary>Adds a host that sends from an instant on. The places of the senders are those of the shares.</summary>
    public void AddSender(Func<ulong, ICongestionController> controller, Duration start)
    {
        SimulatedHost host = _simulation.AddHost(FormattableString.Invariant($"sender{_hosts.Count}"));
        host.Attach(
            _switch.AddLink(LinkConditions.Perfect).Left,
            new IpPrefix(IpAddress.Parse(FormattableString.Invariant($"10.0.0.{_hosts.Count + 2}")), 24));
        _hosts.Add(host);
        BulkApplication sender = new(new BulkSender(default, Endless));
        _senders.Add(sender);
        TcpConnectionOptions options = new() { SendBufferBytes = BufferBytes, CongestionController = controller };
        _simulation.After(start, _ => host.Connect(new IpEndPoint(_receiver.Address, Port), sender, options));
    }

    /// <summary>Lets time pass, and then tells what each sender got through during a further time, in bytes.</summary>
    public long[] MeasureShares(Duration before, Duration during)
    {
        _simulation.Run(before);
        long[] shares = CountReceived();
        _simulation.Run(during);
        return [.. CountReceived().Zip(shares, (after, earlier) => after - earlier)];
    }

    /// <summary>Ends everything and checks that nothing is left.</summary>
    public void Finish()
    {
        foreach (BulkApplication application in _senders.Concat(_receivers))
        {
            if (application.Receiver.FirstWrongByte >= 0)
            {
                throw new OracleException($"{application.Receiver}");
            }

            application.Abandon(_simulation.Now);
            application.Connection.Abort(_simulation.Now);
        }

        _endpoint.Close(_simulation.Now);
        _simulation.RunToRest();
        Oracles.VerifyFinished(_simulation);
    }

    private BulkApplication Accept()
    {
        _receivers.Add(new BulkApplication(null, new BulkReceiver(default, Endless)));
        return _receivers[^1];
    }

    private long[] CountReceived()
    {
        long[] received = new long[_hosts.Count];
        foreach (BulkApplication receiver in _receivers)
        {
            int index = _hosts.FindIndex(host => host.Address == receiver.Connection.RemoteEndPoint.Address);
            received[index] = receiver.Receiver.ReceivedBytes;
        }

        return received;
    }
}
