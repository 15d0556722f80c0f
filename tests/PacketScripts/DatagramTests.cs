using System.Buffers.Binary;
using NetStack.IP;
using static NetStack.PacketScripts.Tests.Script;

namespace NetStack.PacketScripts.Tests;

public class DatagramTests
{
    private const int NonBlocking = LinuxRequest.NonBlockingFlag;

    [Fact]
    public void A_datagram_goes_out_at_once_and_its_answer_names_who_sent_it()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        int fd = table.Socket(Inet, Script.Datagram, 17);
        Assert.Equal(0, table.Bind(fd, Address(IpAddress.AnyV4, 5353)));

        Assert.Equal(3, table.SendTo(fd, "abc"u8, 0, Address(PeerAddress, 53)));
        byte[] sent = table.WireReceive(out _, out _);
        Datagrams.Verify(sent, 17);
        Assert.Equal(5353, BinaryPrimitives.ReadUInt16BigEndian(sent.AsSpan(20)));
        Assert.Equal(53, BinaryPrimitives.ReadUInt16BigEndian(sent.AsSpan(22)));
        Assert.Equal("abc"u8, sent.AsSpan(28));

        table.WireSend(Datagrams.Udp(53, 5353, "answer"u8, PeerAddress, OurAddress));
        byte[] buffer = new byte[20];
        byte[] address = new byte[16];
        uint length = 16;
        int waiting = -1;
        Assert.Equal(0, table.DeviceControl(fd, LinuxRequest.InputQueue, ref waiting));
        Assert.Equal(6, waiting);
        Assert.Equal(LinuxPoll.Readable | LinuxPoll.Writable, (uint)script.Poll(fd, -1));
        Assert.Equal(6, table.ReceiveFrom(fd, buffer, LinuxMessage.Peek, address, ref length));
        Assert.Equal(6, table.ReceiveFrom(fd, buffer, 0, address, ref length));
        Assert.Equal("answer"u8, buffer.AsSpan(0, 6));
        Assert.Equal(Address(PeerAddress, 53), address);
        script.Fails(LinuxError.Again, table.Receive(fd, buffer, LinuxMessage.DoNotWait));
    }

    [Fact]
    public void What_does_not_fit_is_cut_and_said_so()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        int fd = Bound(script, 7000);
        for (int i = 0; i < 3; i++)
        {
            table.WireSend(Datagrams.Udp(53, 7000, "0123456789"u8, PeerAddress, OurAddress));
        }

        byte[] buffer = new byte[4];
        Assert.Equal(4, table.Read(fd, buffer));
        Assert.Equal(10, table.Receive(fd, buffer, LinuxMessage.Truncate));
        Assert.Equal(4, table.Message(11, fd, buffer, 0, new byte[16], default, out int flags, out _));
        Assert.Equal(LinuxMessage.Truncate, flags);
    }

    [Fact]
    public void A_connected_socket_hears_its_peer_alone_and_learns_that_nobody_listens()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        int fd = Bound(script, 7000);
        Assert.Equal(0, table.Connect(fd, Address(PeerAddress, 53)));
        table.WireSend(Datagrams.Udp(54, 7000, "no"u8, PeerAddress, OurAddress));
        Assert.Equal(1, table.WireReceive(out _, out _)[9]);

        Assert.Equal(2, table.Write(fd, "hi"u8));
        byte[] sent = table.WireReceive(out _, out _);
        table.WireSend(Datagrams.Unreachable(3, 0, sent, PeerAddress, OurAddress));

        Assert.Equal(LinuxPoll.Error | LinuxPoll.Writable, (uint)script.Poll(fd, -1));
        script.Fails(LinuxError.ConnectionRefused, table.Read(fd, new byte[4]));
        script.Fails(LinuxError.Again, table.Receive(fd, new byte[4], LinuxMessage.DoNotWait));
        Assert.Equal(0, table.Connect(fd, new byte[16]));
        script.Fails(LinuxError.DestinationRequired, table.Write(fd, "hi"u8));
    }

    [Fact]
    public void Sending_needs_a_destination_and_takes_no_more_than_a_datagram_can_be()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        int fd = table.Socket(Inet, Script.Datagram | NonBlocking, 0);

        script.Fails(LinuxError.DestinationRequired, table.Write(fd, new byte[1]));
        script.Fails(LinuxError.MessageTooLong, table.SendTo(fd, new byte[65_508], 0, Address(PeerAddress, 53)));
        script.Fails(LinuxError.AccessDenied, table.SendTo(fd, new byte[1], 0, Address(IpAddress.BroadcastV4, 53)));
        Assert.Equal(0, table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.Broadcast, Number(1)));
        Assert.Equal(1, table.SendTo(fd, new byte[1], 0, Address(IpAddress.BroadcastV4, 53)));
        Assert.Equal(2000, table.SendTo(fd, new byte[2000], 0, Address(PeerAddress, 53)));
        Assert.Equal(29, table.WireReceive(out _, out _).Length);
        Assert.Equal(1500, table.WireReceive(out _, out _).Length);
        Assert.Equal(548, table.WireReceive(out _, out _).Length);
        Assert.Equal(0, table.SetOption(fd, LinuxOption.LevelIp, LinuxOption.MtuDiscover, Number(2)));
        script.Fails(LinuxError.MessageTooLong, table.SendTo(fd, new byte[2000], 0, Address(PeerAddress, 53)));
    }

    [Fact]
    public void Type_of_service_and_time_to_live_stand_in_the_packet()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        int fd = Bound(script, 7000);
        Assert.Equal(0, table.SetOption(fd, LinuxOption.LevelIp, LinuxOption.TypeOfService, Number(0x28)));
        Assert.Equal(0, table.SetOption(fd, LinuxOption.LevelIp, LinuxOption.TimeToLive, Number(3)));

        Assert.Equal(1, table.SendTo(fd, new byte[1], 0, Address(PeerAddress, 53)));

        byte[] sent = table.WireReceive(out _, out _);
        Assert.Equal((0x28, 3), (sent[1], sent[8]));
    }

    [Fact]
    public void Ports_are_taken_once_unless_both_reuse_them()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        int fd = Bound(script, 7000);
        int second = table.Socket(Inet, Script.Datagram, 0);

        script.Fails(LinuxError.Invalid, table.Bind(fd, Address(OurAddress, 7001)));
        script.Fails(LinuxError.AddressInUse, table.Bind(second, Address(IpAddress.AnyV4, 7000)));
        script.Fails(LinuxError.AddressNotAvailable, table.Bind(second, Address(PeerAddress, 7000)));
        Assert.Equal(0, table.Close(fd));
        Assert.Equal(0, table.Bind(second, Address(IpAddress.AnyV4, 7000)));
    }

    [Fact]
    public void A_socket_that_is_shut_reads_the_end_and_writes_no_more()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        int fd = Bound(script, 7000);
        script.Fails(LinuxError.NotConnected, table.Shutdown(fd, 1));
        int other = Bound(script, 7001);
        Assert.Equal(0, table.Connect(other, Address(PeerAddress, 53)));

        Assert.Equal(0, table.Shutdown(other, 2));

        Assert.Equal(0, table.Read(other, new byte[1]));
        script.Fails(LinuxError.BrokenPipe, table.Write(other, new byte[1]));
        script.Fails(LinuxError.Invalid, table.Shutdown(other, 3));
    }

    private static int Bound(Script script, ushort port)
    {
        int fd = script.Table.Socket(Inet, Script.Datagram, 0);
        Assert.Equal(0, script.Table.Bind(fd, Address(IpAddress.AnyV4, port)));
        return fd;
    }
}
