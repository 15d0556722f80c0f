using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>A host as a loop has it, in virtual time: each turn is ten microseconds after the one before.</summary>
internal sealed class BenchHost
{
    // What one turn of a loop takes at most.
    private const int ReceiveBursts = 4;
    private const int TransmitPackets = 256;

    private static readonly Duration _turn = Duration.FromMicroseconds(10);

    private readonly Counters _published = new();

    public BenchHost(PacketPool pool, ulong seed, IpHostOptions? ip = null, TcpOptions? tcp = null)
    {
        Now = new Instant(1_000_000_000);
        Timers = new TimerWheel(Now);
        Ip = new IpHost(pool, Timers, new SeededEntropy(seed), ip);
        Tcp = new TcpDemultiplexer(Ip, tcp);
    }

    public TimerWheel Timers { get; }

    public IpHost Ip { get; }

    public TcpDemultiplexer Tcp { get; }

    public Instant Now { get; private set; }

    /// <summary>Attaches a device, with an address in a network of 24 bits.</summary>
    public IpInterface Attach(IEthernetDevice device, uint address)
    {
        IpInterface attached = Ip.Attach(device, static () => { });
        attached.Add(new IpPrefix(new IpAddress(address), 24));
        return attached;
    }

    /// <summary>The first half of a turn: what has arrived, and the timers.</summary>
    public void Receive()
    {
        Now += _turn;
        Ip.Receive(Now, ReceiveBursts);
        Ip.TimersExpire(Now);
    }

    /// <summary>The second half: what goes out, and the counters.</summary>
    public void Transmit()
    {
        Ip.Transmit(Now, TransmitPackets);
        Ip.Counters.CopyTo(_published);
    }
}
