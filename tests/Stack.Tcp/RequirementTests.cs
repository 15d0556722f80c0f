using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>Requirements of RFC 9293 on segments and options that no other test shows; the table is Stack.Tcp/RFC9293.md.</summary>
public class RequirementTests
{
    private const byte EndOfList = 0;
    private const byte NoOperation = 1;
    private const byte MaximumSegmentSize = 2;

    [Fact]
    [Trait("RFC", "9293 §3.1 MUST-1")]
    public void A_window_is_a_number_without_sign()
    {
        const int Window = 60_000;
        Machine machine = new Machine().Established(window: Window);
        machine.Send(200_000);
        int acknowledged = 1;
        int outstanding = 0;
        while (outstanding < Window && acknowledged < 100_000)
        {
            int end = acknowledged;
            while (machine.Wire.FromHost.Count > 0)
            {
                SentSegment sent = machine.Take();
                end = Math.Max(end, unchecked((int)(sent.Sequence - machine.InitialSequence)) + sent.Payload.Length);
            }

            outstanding = Math.Max(outstanding, end - acknowledged);
            acknowledged = end;
            machine.Receive(Ack, 1, acknowledged, window: Window);
        }

        Assert.Equal(Window, outstanding);
    }

    [Theory]
    [InlineData(new byte[] { 2, 4, 2, 188, 0, 99, 0, 3 })]
    [InlineData(new byte[] { 1, 2, 4, 2, 188, 1, 1, 0 })]
    [InlineData(new byte[] { 1, 1, 1, 2, 4, 2, 188, 0 })]
    [InlineData(new byte[] { 253, 5, 1, 2, 3, 2, 4, 2, 188, 200, 2, 0 })]
    [Trait("RFC", "9293 §3.1 MUST-4, MUST-6, MUST-64")]
    public void Options_count_wherever_they_lie_and_unknown_ones_are_passed_over(byte[] options)
    {
        Machine machine = new Machine().Established(options);

        machine.Send(5000);

        machine.Expect(Ack, 1, 1, 700);
    }

    [Theory]
    [InlineData(new byte[] { 2, 4, 0, 100 })]
    [InlineData(new byte[] { 1, 1, 1, 1 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 253, 8, 1, 2, 3, 4, 5, 6 })]
    [InlineData(new byte[] { 4, 2, 3, 3, 7, 0, 0, 0 })]
    [Trait("RFC", "9293 §3.1 MUST-5, MUST-6")]
    public void Any_segment_may_carry_options(byte[] options)
    {
        Machine machine = new Machine().Established();

        machine.Receive(Ack, 1, 1, 10, options: options);
        machine.Expect(Ack, 1, 11);
        Assert.Equal(10, machine.Read().Length);
        machine.Send(2000);
        machine.Expect(Ack, 1, 11, 1000);
        machine.Receive(Fin | Ack, 11, 2001, options: options);

        Assert.Equal(TcpState.CloseWait, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.1, §3.7.1 MUST-65, MUST-68, MUST-69")]
    public void Options_sent_have_their_lengths_no_remains_behind_their_end_and_the_segment_size_on_a_SYN_alone()
    {
        TcpConnectionOptions all = new() { UserTimeoutOption = true, FastOpen = true, KeepAlive = true };
        Machine machine = new Machine(all).Established(
            [.. MachineStates.Mss(1000), 4, 2, 3, 3, 2, 1, 1, 1, .. OptionTests.Timestamps(100, 0)], window: 60_000);
        machine.Send(30_000);
        machine.Receive(Ack, 101, 1, 100, options: OptionTests.Timestamps(101, 0));
        machine.Connection.Change(all with { UserTimeout = Duration.FromSeconds(2_000) }, machine.Now);
        machine.Pass(Duration.FromSeconds(5));
        machine.Connection.Abort(machine.Now);
        machine.Turn();
        machine.Open();

        int syns = 0;
        int others = 0;
        while (machine.Wire.FromHost.Count > 0)
        {
            SentSegment sent = machine.Take();
            List<byte> kinds = Walk(sent.Options);
            bool isSyn = (sent.Flags & Syn) != 0;
            Assert.Equal(isSyn, kinds.Contains(MaximumSegmentSize));
            Assert.NotEmpty(kinds);
            syns += isSyn ? 1 : 0;
            others += isSyn ? 0 : 1;
        }

        Assert.Equal(1, syns);
        Assert.InRange(others, 10, 100);
    }

    [Fact]
    [Trait("RFC", "9293 §3.7.1 MUST-15")]
    public void Who_names_no_segment_size_takes_the_default_of_the_family()
    {
        Assert.Equal(536, TcpConnection.SegmentBytesOf(default, PeerAddress));
        Assert.Equal(1220, TcpConnection.SegmentBytesOf(default, IpAddress.AnyV6));
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4 MUST-58, MUST-59")]
    public void A_burst_is_taken_in_whole_before_it_is_acknowledged_once()
    {
        Machine machine = new Machine().Established();
        for (int i = 0; i < 12; i++)
        {
            machine.Inject(Ack, 1 + (i * 1000), 1, 1000);
        }

        machine.Turn();

        machine.Expect(Ack, 1, 12_001);
        machine.ExpectNothing();
    }

    [Theory]
    [InlineData("10.0.0.255")]
    [InlineData("255.255.255.255")]
    [InlineData("224.0.0.1")]
    [Trait("RFC", "9293 §3.9.2.3 MUST-57")]
    public void A_segment_to_a_group_of_hosts_is_dropped_silently(string address)
    {
        Machine machine = new Machine().Listen();
        IpEndPoint group = machine.Ours with { Address = IpAddress.Parse(address) };

        foreach (TcpFlags flags in new[] { Syn, Ack, Syn | Ack, Fin | Ack, Rst })
        {
            machine.Wire.Inject(Packets.Tcp(machine.Peer, group, 1, 1, flags, 1000));
        }

        machine.Turn();

        machine.ExpectNothing();
        Assert.Equal(0, machine.Tcp.ConnectionCount);
        Assert.Equal(5, machine[DropReason.TcpBadPort]);
        machine.AssertBalanced();
    }

    [Theory]
    [InlineData("224.0.0.5")]
    [InlineData("255.255.255.255")]
    [InlineData("10.0.0.255")]
    [InlineData("0.0.0.0")]
    [InlineData("127.0.0.1")]
    [Trait("RFC", "9293 §3.9.2.3 MUST-63")]
    public void A_SYN_from_an_address_that_no_host_has_is_ignored(string address)
    {
        Machine machine = new Machine().Listen();

        machine.Wire.Inject(Packets.Tcp(machine.Peer with { Address = IpAddress.Parse(address) }, machine.Ours, 1, 0, Syn, 1000));
        machine.Turn();

        machine.ExpectNothing();
        Assert.Equal(0, machine.Tcp.ConnectionCount);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.2 MUST-50")]
    public void Options_of_the_IP_header_are_ignored()
    {
        Machine machine = new Machine().Established();
        byte[] plain = Packets.Tcp(
            machine.Peer, machine.Ours, PeerInitialSequence + 1, machine.InitialSequence + 1, Ack, 1000, payload: new byte[10]);

        // Record route, timestamp and router alert.
        byte[] options = [7, 7, 4, 0, 0, 0, 0, 68, 8, 5, 0, 0, 0, 0, 0, 148, 4, 0, 0, 0];
        byte[] packet = [.. plain[..20], .. options, .. plain[20..]];
        packet[0] = (byte)(0x40 | 5 + (options.Length / 4));
        packet[3] += (byte)options.Length;
        packet[10] = packet[11] = 0;
        ushort sum = InternetChecksum.Compute(packet.AsSpan(0, 20 + options.Length));
        packet[10] = (byte)(sum >> 8);
        packet[11] = (byte)sum;

        machine.Wire.Inject(packet);
        machine.Turn();

        machine.Expect(Ack, 1, 11);
        Assert.Equal(10, machine.Read().Length);
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.2 MUST-49")]
    public void The_time_to_live_is_that_of_the_hosts_settings()
    {
        Machine machine = new Machine(host: new IpHostOptions { DefaultHopLimit = 17 }).SynSent();
        machine.Receive(Syn | Ack, 0, 1);
        machine.Send(10);
        machine.Connection.Abort(machine.Now);
        machine.Turn();

        List<byte[]> sent = [.. machine.Wire.FromHost];
        Assert.Equal(3, sent.Count);
        Assert.All(sent, packet => Assert.Equal(17, packet[8]));
    }

    /// <summary>The kinds of the options but for padding; fails where they are not well formed.</summary>
    private static List<byte> Walk(byte[] options)
    {
        List<byte> kinds = [];
        for (int i = 0; i < options.Length;)
        {
            if (options[i] == EndOfList)
            {
                Assert.All(options[i..], value => Assert.Equal(0, value));
                break;
            }

            if (options[i] == NoOperation)
            {
                i++;
                continue;
            }

            kinds.Add(options[i]);
            Assert.InRange(options[i + 1], 2, options.Length - i);
            i += options[i + 1];
        }

        return kinds;
    }
}
