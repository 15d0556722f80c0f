using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Testing.Tests.Hostile;

/// <summary>
/// A client, a server and an attacker on one switch. The attacker is also the server's router, so that what the server
/// answers to forged addresses goes somewhere. It forges what it likes, but sees nothing of the others' talk.
/// </summary>
internal sealed class FloodedNetwork
{
    public const ushort Port = 80;

    private readonly Simulation _simulation;
    private readonly SeededEntropy _entropy;
    private readonly IEthernetDevice _attackersDevice;
    private readonly PacketPool _attackersPool;
    private readonly ForgedSegments _forged;

    public FloodedNetwork(Simulation simulation, TcpOptions? server = null, TcpOptions? client = null)
    {
        _simulation = simulation;
        _entropy = simulation.Entropy.Fork("attack");
        SimulatedSwitch network = simulation.AddSwitch("network");
        Client = simulation.AddHost("client", new SimulatedHostOptions { Tcp = client });
        Server = simulation.AddHost("server", new SimulatedHostOptions { Tcp = server });
        Attacker = simulation.AddHost("attacker");
        LinkConditions access = new() { Latency = Duration.FromMilliseconds(5), RateBitsPerSecond = 20_000_000, QueueBytes = 256_000 };
        LinkConditions trunk = new() { RateBitsPerSecond = 200_000_000, QueueBytes = 1_000_000 };
        SimulatedLink clients = network.AddLink(access);
        SimulatedLink servers = network.AddLink(trunk);
        SimulatedLink attackers = network.AddLink(trunk);
        Client.Attach(clients.Left, new IpPrefix(IpAddress.Parse("10.0.0.1"), 24));
        IpInterface attached = Server.Attach(servers.Left, new IpPrefix(IpAddress.Parse("10.0.0.2"), 24));
        Attacker.Attach(attackers.Left, new IpPrefix(IpAddress.Parse("10.0.0.254"), 24));
        Server.Ip.Routes.Add(new Route(new IpPrefix(IpAddress.AnyV4, 0), Attacker.Address, attached));
        _attackersDevice = attackers.Left;
        _attackersPool = Attacker.Pool;
        _forged = new ForgedSegments(attackers.Left.Address, servers.Left.Address);
    }

    public SimulatedHost Client { get; }

    public SimulatedHost Server { get; }

    public SimulatedHost Attacker { get; }

    public IpEndPoint ServerEndPoint => new(Server.Address, Port);

    public long Forged { get; private set; }

    /// <summary>The most buffers the server held at a tick of the flood.</summary>
    public int MostBlocks { get; private set; }

    /// <summary>The most connections the server held at a tick of the flood.</summary>
    public int MostConnections { get; private set; }

    /// <summary>Whether the flood goes on.</summary>
    public bool IsFlooding { get; set; } = true;

    /// <summary>Forges segments from now on.</summary>
    /// <param name="kind">What.</param>
    /// <param name="victim">Gives the client's end of the connection under attack.</param>
    /// <param name="perMillisecond">How many.</param>
    public void Flood(FloodKind kind, Func<IpEndPoint?> victim, int perMillisecond)
    {
        _simulation.After(Duration.FromMilliseconds(1), Tick);

        void Tick(Instant now)
        {
            if (!IsFlooding)
            {
                return;
            }

            for (int i = 0; i < perMillisecond; i++)
            {
                Forge(kind, victim(), now);
            }

            MostBlocks = Math.Max(MostBlocks, Server.Pool.OutstandingBlocks);
            MostConnections = Math.Max(MostConnections, Server.Tcp.ConnectionCount);
            _simulation.After(Duration.FromMilliseconds(1), Tick);
        }
    }

    private void Forge(FloodKind kind, IpEndPoint? victim, Instant now)
    {
        IpEndPoint anybody = new(new IpAddress(0xC6120000 | (uint)_entropy.Next(0x1FFFF)), (ushort)(1024 + _entropy.Next(60_000)));
        IpEndPoint source = kind is FloodKind.Synchronize || victim is null ? anybody : victim.Value;
        (TcpFlags flags, int payloadBytes) = kind switch
        {
            FloodKind.Synchronize or FloodKind.SynchronizeOfTheClient => (TcpFlags.Syn, 0),
            FloodKind.Reset => (TcpFlags.Reset, 0),
            FloodKind.Acknowledgment => (TcpFlags.Acknowledgment, 0),
            FloodKind.Data => (TcpFlags.Acknowledgment | TcpFlags.Push, 100),
            _ => (TcpFlags.Acknowledgment | TcpFlags.Fin, 0),
        };
        ReadOnlySpan<byte> frame = _forged.Write(
            source, ServerEndPoint, _entropy.NextUInt32(), _entropy.NextUInt32(), flags, payloadBytes);
        if (_attackersPool.TryLeaseCopy(frame) is { } packet)
        {
            Forged++;
            if (_attackersDevice.Transmit([packet], now) == 0)
            {
                _attackersPool.Return(packet);
            }
        }
    }
}
