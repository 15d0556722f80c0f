using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class DemultiplexerTests
{
    [Fact]
    [Trait("RFC", "6528 §3")]
    public void Initial_sequence_numbers_follow_a_clock_of_4_microseconds_from_a_secret_offset_per_pair_of_ends()
    {
        Machine machine = new();
        IpEndPoint local = new(OurAddress, 50_000);
        IpEndPoint first = new(PeerAddress, 1);
        IpEndPoint second = new(PeerAddress, 2);

        uint atFirst = Start(machine, local, first);
        uint toAnother = Start(machine, local, second);
        machine.PassMilliseconds(10);
        uint later = Start(machine, local, first);

        Assert.Equal(2500u, unchecked(later - atFirst));
        Assert.True(Math.Abs((long)toAnother - atFirst) > 1_000_000, "the offsets are unrelated");
    }

    [Fact]
    [Trait("RFC", "6056 §3.3.1")]
    public void Ports_are_random_and_of_the_dynamic_range()
    {
        Machine machine = new();
        List<ushort> ports = [];
        for (int i = 0; i < 100; i++)
        {
            ports.Add(machine.Tcp.Connect(null, new IpEndPoint(PeerAddress, 80), null, machine.Now, out _)!.LocalEndPoint.Port);
        }

        Assert.All(ports, port => Assert.InRange(port, 49152, 65535));
        Assert.Equal(100, ports.Distinct().Count());
        Assert.True(ports.Zip(ports.Skip(1)).Count(pair => pair.Second == pair.First + 1) < 5, "no counting up");
    }

    [Fact]
    [Trait("RFC", "6056 §2.2")]
    public void Every_port_serves_each_remote_end_once()
    {
        Machine machine = new(options: new TcpOptions { FirstEphemeralPort = 60_000, LastEphemeralPort = 60_009 });
        for (int i = 0; i < 10; i++)
        {
            Assert.NotNull(machine.Tcp.Connect(null, new IpEndPoint(PeerAddress, 80), null, machine.Now, out _));
            Assert.NotNull(machine.Tcp.Connect(null, new IpEndPoint(PeerAddress, 81), null, machine.Now, out _));
        }

        Assert.Null(machine.Tcp.Connect(null, new IpEndPoint(PeerAddress, 80), null, machine.Now, out TcpError error));
        Assert.Equal(TcpError.PortsExhausted, error);
    }

    [Fact]
    [Trait("RFC", "6191 §3")]
    public void Ports_in_TIME_WAIT_are_used_again_when_no_other_is_left()
    {
        TwoHosts hosts = new(new FaultyLink(1), new TcpOptions { FirstEphemeralPort = 60_000, LastEphemeralPort = 60_003 });
        for (int i = 0; i < 20; i++)
        {
            Close(hosts, hosts.Connect());
        }

        Assert.Equal(4, hosts.Left.TimeWaitCount);
    }

    [Fact]
    public void Ten_thousand_connections_one_after_another_leave_nothing_behind()
    {
        TwoHosts hosts = new(new FaultyLink(1) { Delay = Duration.FromMicroseconds(20) });
        for (int i = 0; i < 10_000; i++)
        {
            (TcpConnection client, TcpConnection server) = hosts.Connect();
            client.Append(TwoHosts.Payload(hosts.Left, "hello"u8), hosts.Now);
            hosts.Until(() => server.ReceivedBytes == 5);
            hosts.Right.Host.Pool.Return(server.TakeReceived()!);
            server.Consumed(5, hosts.Now);
            Close(hosts, (client, server));
        }

        Assert.Equal(10_000, hosts.Left.TimeWaitCount);
        hosts.Pass(Duration.FromSeconds(61));
        Assert.Equal((0, 0), (hosts.Left.ConnectionCount, hosts.Right.ConnectionCount));
        Assert.Equal((0, 0), (hosts.Left.TimeWaitCount, hosts.Right.TimeWaitCount));
        Assert.Equal((Instant.Never, Instant.Never), (hosts.Left.Host.NextDeadline, hosts.Right.Host.NextDeadline));
        hosts.AssertBalanced();
    }

    [Fact]
    public void Five_thousand_connections_at_once_all_work_and_leave_nothing_behind()
    {
        const int Connections = 5_000;
        TwoHosts hosts = new(new FaultyLink(1), right: new TcpOptions { SynQueueLength = Connections }, poolBlocks: 32_768);
        TcpListenEndpoint listener = hosts.Right.Listen(new IpEndPoint(IpAddress.AnyV4, 80), Connections, null, out _)!;
        List<TcpConnection> clients = [];
        List<TcpConnection> servers = [];
        for (int i = 0; i < Connections; i++)
        {
            TcpConnection client = hosts.Left.Connect(null, new IpEndPoint(TwoHosts.RightAddress, 80), null, hosts.Now, out _)!;
            client.Append(TwoHosts.Payload(hosts.Left, BitConverter.GetBytes(i)), hosts.Now);
            clients.Add(client);
        }

        hosts.Until(() =>
        {
            while (listener.TryAccept() is { } server)
            {
                servers.Add(server);
            }

            return servers.Count == Connections && servers.TrueForAll(server => server.ReceivedBytes == 4);
        });
        Assert.Equal((Connections, Connections), (hosts.Left.ConnectionCount, hosts.Right.ConnectionCount));
        foreach (TcpConnection server in servers)
        {
            PacketBuffer data = server.TakeReceived()!;
            Assert.Equal(clients[BitConverter.ToInt32(data.Span)].LocalEndPoint, server.RemoteEndPoint);
            hosts.Right.Host.Pool.Return(data);
            server.Consumed(4, hosts.Now);
            server.Close(hosts.Now);
        }

        hosts.Until(() => clients.TrueForAll(client => client.IsReceiveFinished));
        clients.ForEach(client => client.Close(hosts.Now));
        hosts.Pass(Duration.FromSeconds(200));

        Assert.Equal((0, 0), (hosts.Left.ConnectionCount, hosts.Right.ConnectionCount));
        Assert.Equal(0, hosts.Right.TimeWaitCount);
        hosts.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.2")]
    public void A_full_accept_queue_takes_no_more_SYNs_and_completes_no_handshake()
    {
        Machine machine = new Machine().Listen(backlog: 1);
        machine.SynReceived();
        IpEndPoint first = machine.Peer;
        uint firstSequence = machine.InitialSequence;
        machine.Peer = first with { Port = 5001 };
        machine.SynReceived();
        machine.Receive(Ack, 1, 1);
        Assert.Equal(1, machine.Listener!.AcceptQueueLength);

        machine.Peer = first;
        machine.InitialSequence = firstSequence;
        machine.Receive(Ack, 1, 1);
        machine.Peer = first with { Port = 5002 };
        machine.Receive(Syn, 0, 0);

        machine.ExpectNothing();
        Assert.Equal(2, machine[DropReason.TcpBacklogFull]);
        Assert.NotNull(machine.Listener.TryAccept());
        machine.Peer = first;
        machine.Receive(Ack, 1, 1, 10);
        Assert.Equal(10, machine.Listener.TryAccept()!.ReceivedBytes);
    }

    [Fact]
    [Trait("RFC", "4987 §3.3")]
    public void The_SYN_queue_is_bounded()
    {
        Machine machine = new Machine(options: new TcpOptions { SynQueueLength = 3, SynCookies = SynCookieUse.Never }).Listen();
        for (ushort port = 5000; port < 5010; port++)
        {
            machine.Peer = machine.Peer with { Port = port };
            machine.Receive(Syn, 0, 0);
        }

        Assert.Equal(3, machine.Tcp.ConnectionCount);
        Assert.Equal(7, machine[DropReason.TcpBacklogFull]);
        machine.Pass(Duration.FromSeconds(120));
        Assert.Equal(0, machine.Tcp.ConnectionCount);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.1")]
    public void An_address_is_listened_on_once()
    {
        Machine machine = new Machine().Listen();

        Assert.Null(machine.Tcp.Listen(new IpEndPoint(OurAddress, ListenPort), 1, null, out TcpError error));
        Assert.Equal(TcpError.AddressInUse, error);
        Assert.Null(machine.Tcp.Listen(new IpEndPoint(PeerAddress, 81), 1, null, out error));
        Assert.Equal(TcpError.AddressNotAvailable, error);
        TcpListenEndpoint any = machine.Tcp.Listen(new IpEndPoint(OurAddress, 0), 1, null, out error)!;
        Assert.InRange(any.LocalEndPoint.Port, 49152, 65535);
        machine.Listener!.Close(machine.Now);
        Assert.NotNull(machine.Tcp.Listen(new IpEndPoint(OurAddress, ListenPort), 1, null, out error));
    }

    [Theory]
    [InlineData("0.0.0.0", 80, TcpError.InvalidRemote)]
    [InlineData("10.0.0.2", 0, TcpError.InvalidRemote)]
    [InlineData("224.0.0.1", 80, TcpError.InvalidRemote)]
    [InlineData("255.255.255.255", 80, TcpError.InvalidRemote)]
    [InlineData("10.0.0.255", 80, TcpError.InvalidRemote)]
    [InlineData("192.0.2.1", 80, TcpError.NetworkUnreachable)]
    [Trait("RFC", "9293 §3.10.1, 1122 §4.2.3.10")]
    public void An_open_that_cannot_be_fails_at_once(string address, ushort port, TcpError expected)
    {
        Machine machine = new();

        Assert.Null(machine.Tcp.Connect(null, new IpEndPoint(IpAddress.Parse(address), port), null, machine.Now, out TcpError error));

        Assert.Equal(expected, error);
        Assert.Equal(0, machine.Tcp.ConnectionCount);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.1")]
    public void A_pair_of_ends_is_connected_once()
    {
        Machine machine = new();
        IpEndPoint local = new(OurAddress, 4000);
        IpEndPoint remote = new(PeerAddress, 80);
        Assert.NotNull(machine.Tcp.Connect(local, remote, null, machine.Now, out _));

        Assert.Null(machine.Tcp.Connect(local, remote, null, machine.Now, out TcpError error));
        Assert.Equal(TcpError.AddressInUse, error);
        Assert.Null(machine.Tcp.Connect(new IpEndPoint(PeerAddress, 1), remote, null, machine.Now, out error));
        Assert.Equal(TcpError.AddressNotAvailable, error);
    }

    [Fact]
    public void A_host_connects_to_itself()
    {
        Machine machine = new Machine(new TcpConnectionOptions()).Listen();
        TcpConnection client = machine.Tcp.Connect(null, new IpEndPoint(OurAddress, ListenPort), null, machine.Now, out _)!;
        client.Append(machine.Pool.TryLeaseCopy(new byte[100_000], 0)!, machine.Now);
        int received = 0;
        for (int i = 0; i < 50; i++)
        {
            machine.Turn();
            machine.Connection ??= machine.Listener!.TryAccept()!;
            received += machine.Connection is null ? 0 : machine.Read().Length;
        }

        Assert.Equal(100_000, received);
        machine.Connection!.Close(machine.Now);
        client.Close(machine.Now);
        machine.Pass(Duration.FromSeconds(100));
        Assert.Equal(0, machine.Tcp.ConnectionCount);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.1")]
    public void The_limit_of_connections_holds_for_both_kinds_of_open()
    {
        Machine machine = new Machine(options: new TcpOptions { MaximumConnections = 1 }).SynSent();
        machine.Listen();

        Assert.Null(machine.Tcp.Connect(null, new IpEndPoint(PeerAddress, 80), null, machine.Now, out TcpError error));
        Assert.Equal(TcpError.OutOfMemory, error);
        machine.Ours = new IpEndPoint(OurAddress, ListenPort);
        machine.Receive(Syn, 0, 0);
        machine.ExpectNothing();
        Assert.Equal(1, machine[DropReason.TcpBacklogFull]);
    }

    private static uint Start(Machine machine, IpEndPoint local, IpEndPoint remote)
    {
        TcpConnection connection = machine.Tcp.Connect(local, remote, machine.Options, machine.Now, out _)!;
        machine.Turn();
        uint sequence = machine.Take().Sequence;
        connection.Abort(machine.Now);
        return sequence;
    }

    private static void Close(TwoHosts hosts, (TcpConnection Client, TcpConnection Server) pair)
    {
        pair.Client.Close(hosts.Now);
        hosts.Until(() => pair.Server.State == TcpState.CloseWait);
        pair.Server.Close(hosts.Now);
        hosts.Until(() => pair.Server.State == TcpState.Closed);
    }
}
