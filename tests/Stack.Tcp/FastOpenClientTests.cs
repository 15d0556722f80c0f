using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class FastOpenClientTests
{
    private static readonly byte[] _request = [34, 2, 1, 1];
    private static readonly byte[] _cookie = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];

    private static TcpConnectionOptions Fast { get; } = Plain with { FastOpen = true };

    [Fact]
    [Trait("RFC", "7413 §4.2.1")]
    public void The_first_connection_asks_for_a_cookie_and_the_next_one_brings_it_with_data()
    {
        Machine machine = OpeningFast(300, out SentSegment syn);
        Assert.Equal(Syn, syn.Flags);
        Assert.Equal([.. MachineStates.Mss(1460), 34, 10, .. _cookie, 1, 1], syn.Options);
        Assert.Equal(300, syn.Payload.Length);
        machine.Receive(Syn | Ack, 0, 301, options: MachineStates.Mss(1000));
        machine.Expect(Ack, 301, 1);
        machine.ExpectNothing();
        Assert.Equal((TcpState.Established, 0L), (machine.Connection.State, machine.Connection.QueuedBytes));
        Assert.Equal(1, machine.Host.Counters[Counter.TcpFastOpensActive]);
    }

    [Fact]
    [Trait("RFC", "7413 §4.1.3")]
    public void The_data_on_the_SYN_fits_the_segment_size_the_peer_told_last_less_the_room_of_all_options()
    {
        Machine machine = OpeningFast(5000, out SentSegment syn);
        Assert.Equal(1000 - 40, syn.Payload.Length);
        machine.ExpectNothing();

        // What follows goes on behind it.
        machine.Receive(Syn | Ack, 0, 961, options: MachineStates.Mss(1000));
        machine.Expect(Ack, 961, 1, 1000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(101)]
    [Trait("RFC", "7413 §4.2.1")]
    public void Data_that_the_SYN_ACK_does_not_acknowledge_is_sent_again_at_once(int acknowledged)
    {
        Machine machine = OpeningFast(300, out _);

        machine.Receive(Syn | Ack, 0, acknowledged, options: MachineStates.Mss(1000));

        machine.Expect(Psh | Ack, acknowledged, 1, 301 - acknowledged);
        machine.Receive(Ack, 1, 301);
        Assert.Equal(0, machine.Connection.QueuedBytes);
        machine.PassMilliseconds(5000);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "7413 §4.1.3.1")]
    public void A_SYN_that_was_lost_goes_out_again_without_option_and_data_and_the_peer_is_left_alone_for_an_hour()
    {
        Machine machine = OpeningFast(300, out _);

        machine.PassMilliseconds(1001);

        Assert.Equal(MachineStates.Mss(1460), machine.Expect(Syn, 0, 0).Options);
        machine.Receive(Syn | Ack, 0, 1, options: MachineStates.Mss(1000));
        machine.Expect(Psh | Ack, 1, 1, 300);
        Assert.Equal(1, machine.Host.Counters[Counter.TcpFastOpensFailed]);

        machine.Open();
        Assert.Equal(MachineStates.Mss(1460), machine.Take().Options);
        machine.Connection.Abort(machine.Now);
        machine.Pass(Duration.FromSeconds(3601));
        machine.Wire.FromHost.Clear();
        machine.Open();
        Assert.Equal([34, 10, .. _cookie, 1, 1], machine.Take().Options[4..]);
    }

    [Fact]
    [Trait("RFC", "7413 §4.1.3.1, 1191 §6.5")]
    public void A_SYN_too_big_for_the_path_goes_out_again_at_once_without_its_data_and_the_peer_is_not_blamed()
    {
        Machine machine = OpeningFast(900, out SentSegment syn);
        Assert.Equal(900, syn.Payload.Length);

        for (int i = 0; i < 3; i++)
        {
            machine.Wire.Inject(Packets.IcmpError(PeerAddress, 3, 4, 600, syn.Packet));
            machine.Turn();
        }

        Assert.Equal(MachineStates.Mss(1460), machine.Expect(Syn, 0, 0).Options);
        machine.ExpectNothing();
        machine.Receive(Syn | Ack, 0, 1, options: MachineStates.Mss(1000));
        machine.Expect(Ack, 1, 1, 560);
        machine.Expect(Psh | Ack, 561, 1, 340);
        Assert.Equal(0, machine.Host.Counters[Counter.TcpFastOpensFailed]);
        machine.Open();
        Assert.Equal([34, 10, .. _cookie, 1, 1], machine.Take().Options[4..]);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.1")]
    public void Data_that_was_taken_although_its_SYN_seemed_lost_is_not_sent_again()
    {
        Machine machine = OpeningFast(300, out _);
        machine.PassMilliseconds(1001);
        machine.Expect(Syn, 0, 0);

        machine.Receive(Syn | Ack, 0, 301, options: MachineStates.Mss(1000));

        machine.Expect(Ack, 301, 1);
        machine.ExpectNothing();
        Assert.Equal(0, machine.Connection.QueuedBytes);
    }

    [Fact]
    [Trait("RFC", "7413 §4.2.1")]
    public void A_fast_open_that_crosses_the_peers_SYN_loses_nothing()
    {
        Machine machine = OpeningFast(300, out _);

        machine.Receive(Syn, 0, 0, options: MachineStates.Mss(1000));
        Assert.Equal(MachineStates.Mss(1460), machine.Expect(Syn | Ack, 0, 1).Options);
        machine.Receive(Ack, 1, 1);
        Assert.Equal(TcpState.Established, machine.Connection.State);
        machine.PassMilliseconds(4000);
        machine.Expect(Psh | Ack, 1, 1, 300);
    }

    [Fact]
    [Trait("RFC", "7413 §4.1.3")]
    public void The_cookies_of_peers_are_bounded_and_the_oldest_is_forgotten()
    {
        Machine machine = new(Fast);
        machine.Host.Interfaces[0].Add(new IpPrefix(IpAddress.Parse("10.1.0.1"), 16));
        LearnCookie(machine, _cookie);
        for (uint i = 0; i < 1024; i++)
        {
            Assert.Equal(_request, SynOptions(machine, OtherPeer(i), learned: _cookie));
        }

        Assert.Equal([34, 10, .. _cookie, 1, 1], SynOptions(machine, OtherPeer(1023)));
        Assert.Equal(_request, SynOptions(machine, PeerAddress));
    }

    [Fact]
    [Trait("RFC", "7413 §4.1.1")]
    public void Cookies_of_sixteen_bytes_are_kept_whole_beside_all_other_options()
    {
        byte[] cookie = [.. Enumerable.Range(1, 16).Select(value => (byte)value)];
        Machine machine = new(new TcpConnectionOptions { FastOpen = true });
        LearnCookie(machine, cookie);

        machine.Open();

        SentSegment syn = machine.Take();
        Assert.Equal(40, syn.Options.Length);
        Assert.Equal([34, 18, .. cookie, 1, 1], syn.Options[20..]);
    }

    [Fact]
    [Trait("RFC", "7413 §4")]
    public void Our_own_client_and_server_speak_it_together()
    {
        TcpOptions options = new() { Connection = new TcpConnectionOptions { FastOpen = true } };
        TwoHosts hosts = new(new FaultyLink(5), options, options);
        hosts.Connect();
        hosts.Turn();
        TcpListenEndpoint listener = hosts.Right.ListenEndpoints.Single();
        TcpConnection client = hosts.Left.Connect(null, new IpEndPoint(TwoHosts.RightAddress, 80), null, hosts.Now, out _)!;
        client.Append(TwoHosts.Payload(hosts.Left, new byte[700]), hosts.Now);
        Instant start = hosts.Now;
        TcpConnection? server = null;
        hosts.Until(() => (server ??= listener.TryAccept()) is not null);

        // Half a round trip after the SYN left.
        Assert.Equal((700, TcpState.SynReceived), (server!.ReceivedBytes, server.State));
        Assert.Equal(5, (hosts.Now - start).Milliseconds);
        server.Append(TwoHosts.Payload(hosts.Right, new byte[900]), hosts.Now);
        hosts.Until(() => client.ReceivedBytes == 900);
        Assert.Equal(10, (hosts.Now - start).Milliseconds);
        hosts.Until(() => server.State == TcpState.Established && server.QueuedBytes == 0);
        Assert.Equal(1, hosts.Left.Host.Counters[Counter.TcpFastOpensActive]);
        Assert.Equal(0, hosts.Left.Host.Counters[Counter.TcpSegmentsRetransmitted] + hosts.Right.Host.Counters[Counter.TcpSegmentsRetransmitted]);
    }

    private static IpAddress OtherPeer(uint i) => new((10u << 24 | 1u << 16) + 100 + i);

    /// <summary>The Fast Open option of the SYN to a peer, which may answer it with a cookie.</summary>
    private static byte[] SynOptions(Machine machine, IpAddress peer, byte[]? learned = null)
    {
        machine.Peer = new IpEndPoint(peer, 7000);
        TcpConnection connection = machine.Tcp.Connect(null, machine.Peer, machine.Options, machine.Now, out TcpError error)!;
        Assert.Equal(TcpError.None, error);
        machine.Ours = connection.LocalEndPoint;
        machine.Turn();
        SentSegment syn = machine.Take();
        machine.InitialSequence = syn.Sequence;
        if (learned is not null)
        {
            machine.Receive(Syn | Ack, 0, 1, options: [.. MachineStates.Mss(1000), 34, (byte)(2 + learned.Length), .. learned, 1, 1]);
        }

        connection.Abort(machine.Now);
        machine.Turn();
        machine.Wire.FromHost.Clear();
        return syn.Options[4..];
    }

    /// <summary>A connection to a peer that has given a cookie before: its SYN has left, with so much written as goes on it.</summary>
    private static Machine OpeningFast(int bytes, out SentSegment syn)
    {
        Machine machine = new(Fast);
        LearnCookie(machine, _cookie);
        machine.Connection = machine.Tcp.Connect(null, machine.Peer, machine.Options, machine.Now, out _)!;
        machine.Ours = machine.Connection.LocalEndPoint;
        machine.Send(bytes);
        syn = machine.Take();
        machine.InitialSequence = syn.Sequence;
        return machine;
    }

    /// <summary>A first connection to the peer asks for its cookie.</summary>
    private static void LearnCookie(Machine machine, byte[] cookie)
    {
        byte[] option = SynOptions(machine, PeerAddress, cookie);
        Assert.Equal(_request, option[^4..]);
    }
}
