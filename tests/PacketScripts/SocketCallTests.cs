using NetStack.IP;
using static NetStack.PacketScripts.Tests.Script;

namespace NetStack.PacketScripts.Tests;

public class SocketCallTests
{
    private const int Inet6 = 10;
    private const int NonBlocking = LinuxRequest.NonBlockingFlag;

    [Theory]
    [InlineData(Inet6, Script.Stream, 0, LinuxError.FamilyNotSupported)]
    [InlineData(77, Script.Stream, 0, LinuxError.FamilyNotSupported)]
    [InlineData(Inet, Script.Stream, 17, LinuxError.ProtocolNotSupported)]
    [InlineData(Inet, Script.Datagram, 6, LinuxError.ProtocolNotSupported)]
    [InlineData(Inet, 3, 0, LinuxError.SocketTypeNotSupported)]
    [InlineData(Inet, Script.Stream | 0x100, 0, LinuxError.Invalid)]
    public void A_socket_that_is_not_to_be_had_is_refused(int domain, int type, int protocol, int errno)
    {
        using Script script = new();

        script.Fails(errno, script.Table.Socket(domain, type, protocol));
    }

    [Fact]
    public void Status_flags_are_those_of_a_file_open_for_both()
    {
        using Script script = new();
        int fd = script.Table.Socket(Inet, Script.Stream, 6);
        int other = script.Table.Socket(Inet, Script.Stream | NonBlocking, 6);

        Assert.Equal(LinuxRequest.ReadWrite, script.Table.FileControl(fd, LinuxRequest.GetStatusFlags));
        Assert.Equal(LinuxRequest.ReadWrite | NonBlocking, script.Table.FileControl(other, LinuxRequest.GetStatusFlags));
        Assert.Equal(0, script.Table.FileControl(fd, LinuxRequest.SetStatusFlags, LinuxRequest.ReadWrite | NonBlocking));
        Assert.Equal(LinuxRequest.ReadWrite | NonBlocking, script.Table.FileControl(fd, LinuxRequest.GetStatusFlags));
        int off = 0;
        Assert.Equal(0, script.Table.DeviceControl(fd, LinuxRequest.NonBlocking, ref off));
        Assert.Equal(LinuxRequest.ReadWrite, script.Table.FileControl(fd, LinuxRequest.GetStatusFlags));
        Assert.Equal(1, script.Table.FileControl(fd, LinuxRequest.GetDescriptorFlags));
        script.Fails(LinuxError.Invalid, script.Table.FileControl(fd, 99));
    }

    [Fact]
    public void Calls_on_what_is_no_socket_are_refused()
    {
        using Script script = new();
        int poll = script.Table.PollCreate(1);

        script.Fails(LinuxError.BadDescriptor, script.Table.Listen(12_345, 1));
        script.Fails(LinuxError.NotSocket, script.Table.Listen(poll, 1));
        script.Fails(LinuxError.BadDescriptor, script.Table.Read(12_345, new byte[1]));
        script.Fails(LinuxError.BadDescriptor, script.Table.FileControl(12_345, LinuxRequest.GetStatusFlags));
        script.Fails(LinuxError.Invalid, script.Table.Read(poll, new byte[1]));
        script.Fails(LinuxError.Invalid, script.Table.PollCreate(0));
    }

    [Fact]
    public void Bind_takes_an_address_of_ours_once()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        int fd = table.Socket(Inet, Script.Stream, 0);

        script.Fails(LinuxError.AddressNotAvailable, table.Bind(fd, Address(PeerAddress, 80)));
        script.Fails(LinuxError.Invalid, table.Bind(fd, Address(OurAddress, 80).AsSpan(0, 8)));
        script.Fails(LinuxError.FamilyNotSupported, table.Bind(fd, [7, 0, .. Address(OurAddress, 80)[2..]]));
        Assert.Equal(0, table.Bind(fd, Address(OurAddress, 80)));
        script.Fails(LinuxError.Invalid, table.Bind(fd, Address(OurAddress, 81)));

        int second = table.Socket(Inet, Script.Stream, 0);
        script.Fails(LinuxError.AddressInUse, table.Bind(second, Address(IpAddress.AnyV4, 80)));
    }

    [Fact]
    public void Two_sockets_that_reuse_an_address_may_both_bind_it_but_one_listens()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        int[] both = [table.Socket(Inet, Script.Stream, 0), table.Socket(Inet, Script.Stream, 0)];
        foreach (int fd in both)
        {
            Assert.Equal(0, table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.ReuseAddress, Number(1)));
            Assert.Equal(0, table.Bind(fd, Address(IpAddress.AnyV4, 80)));
        }

        Assert.Equal(0, table.Listen(both[0], 1));
        script.Fails(LinuxError.AddressInUse, table.Listen(both[1], 1));
        Assert.Equal(0, table.Listen(both[0], 2));
    }

    [Fact]
    public void Accept_wants_a_listening_stream()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        uint length = 16;
        int stream = table.Socket(Inet, Script.Stream, 0);
        int datagram = table.Socket(Inet, Script.Datagram, 0);
        int listener = script.Listening();
        Assert.Equal(0, table.FileControl(listener, LinuxRequest.SetStatusFlags, NonBlocking));

        script.Fails(LinuxError.Invalid, table.Accept(stream, new byte[16], ref length));
        script.Fails(LinuxError.NotSupported, table.Accept(datagram, new byte[16], ref length));
        script.Fails(LinuxError.NotSupported, table.Listen(datagram, 1));
        script.Fails(LinuxError.Again, table.Accept(listener, new byte[16], ref length));
        script.Fails(LinuxError.IsConnected, table.Connect(listener, Address(PeerAddress, 80)));
        script.Fails(LinuxError.NotConnected, table.Read(listener, new byte[1]));
    }

    [Fact]
    public void Accept_tells_as_much_of_the_address_as_there_is_room_for()
    {
        using Script script = new("timestamps=0,sack=0,window_scale=off");
        int listener = script.Listening();
        script.In("S 0:0(0) win 1000 <mss 1000>");
        script.Out("S. 0:0(0) ack 1 <mss 1460>");
        script.In(". 1:1(0) ack 1 win 1000");

        byte[] address = [9, 9, 9, 9, 9, 9];
        uint length = 4;
        Assert.True(script.Table.Accept(listener, address, ref length) >= 0);

        Assert.Equal(16u, length);
        Assert.Equal([.. Address(PeerAddress, PeerPort)[..4], 9, 9], address);
    }

    [Fact]
    public void A_connect_that_does_not_wait_says_how_it_stands()
    {
        using Script script = new("timestamps=0,sack=0,window_scale=off");
        ScriptTable table = script.Table;
        int fd = table.Socket(Inet, Script.Stream | NonBlocking, 0);
        byte[] peer = Address(PeerAddress, PeerPort);

        script.Fails(LinuxError.InProgress, table.Connect(fd, peer));
        script.Fails(LinuxError.Already, table.Connect(fd, peer));
        script.Fails(LinuxError.Again, table.Read(fd, new byte[1]));
        script.Fails(LinuxError.Again, table.Write(fd, new byte[1]));
        Assert.Equal(0, script.Poll(fd, -1));
        script.Out("S 0:0(0) <mss 1460>");
        script.In("S. 0:0(0) ack 1 <mss 1000>");
        script.Out(". 1:1(0) ack 1");
        Assert.Equal(LinuxPoll.Writable, (uint)script.Poll(fd, -1));
        Assert.Equal(0, script.Option(fd, LinuxOption.LevelSocket, LinuxOption.Error));
        Assert.Equal(0, table.Connect(fd, peer));
        script.Fails(LinuxError.IsConnected, table.Connect(fd, peer));
    }

    [Fact]
    public void A_refused_connect_leaves_its_error_once()
    {
        using Script script = new("timestamps=0,sack=0,window_scale=off");
        ScriptTable table = script.Table;
        int fd = table.Socket(Inet, Script.Stream | NonBlocking, 0);
        script.Fails(LinuxError.InProgress, table.Connect(fd, Address(PeerAddress, PeerPort)));
        script.Out("S 0:0(0) <mss 1460>");

        script.In("R. 0:0(0) ack 1");

        uint mask = LinuxPoll.Error | LinuxPoll.HangUp | LinuxPoll.Readable | LinuxPoll.ReadHangUp | LinuxPoll.Writable;
        Assert.Equal(mask, (uint)(ushort)script.Poll(fd, -1));
        Assert.Equal(LinuxError.ConnectionRefused, script.Option(fd, LinuxOption.LevelSocket, LinuxOption.Error));
        Assert.Equal(0, script.Option(fd, LinuxOption.LevelSocket, LinuxOption.Error));
        Assert.Equal(0, table.Read(fd, new byte[1]));
        script.Fails(LinuxError.BrokenPipe, table.Write(fd, new byte[1]));
        script.Fails(LinuxError.ConnectionAborted, table.Connect(fd, Address(PeerAddress, PeerPort)));
        script.Fails(LinuxError.InProgress, table.Connect(fd, Address(PeerAddress, PeerPort)));
    }

    [Fact]
    public void Connecting_to_nowhere_gives_the_socket_back()
    {
        using Script script = new("timestamps=0,sack=0,window_scale=off");
        ScriptTable table = script.Table;
        int fd = script.Accepted();

        Assert.Equal(0, table.Connect(fd, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));

        script.Out("R. 1:1(0) ack 1");
        script.Fails(LinuxError.NotConnected, table.Read(fd, new byte[1]));
    }

    [Fact]
    public void Unconnected_streams_neither_read_nor_write_nor_shut_down()
    {
        using Script script = new();
        ScriptTable table = script.Table;
        int fd = table.Socket(Inet, Script.Stream, 0);

        script.Fails(LinuxError.NotConnected, table.Read(fd, new byte[1]));
        script.Fails(LinuxError.BrokenPipe, table.Write(fd, new byte[1]));
        script.Fails(LinuxError.Invalid, table.Shutdown(fd, 3));
        Assert.Equal(LinuxPoll.Writable | LinuxPoll.HangUp, (uint)script.Poll(fd, -1));
        script.Fails(LinuxError.NotConnected, table.Shutdown(fd, 1));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(5, 6)]
    public void The_accept_queue_holds_one_more_than_the_backlog(int backlog, int waiting)
    {
        using Script script = new("timestamps=0,sack=0,window_scale=off,syncookies=0");
        ScriptTable table = script.Table;
        int listener = script.Listening(backlog);
        for (int i = 0; i < waiting + 1; i++)
        {
            using PeerPortScope peer = script.From((ushort)(PeerPort + i));
            script.In("S 0:0(0) win 1000 <mss 1000>");
            if (i < waiting)
            {
                script.Out("S. 0:0(0) ack 1 <mss 1460>");
                script.In(". 1:1(0) ack 1 win 1000");
            }
        }

        Assert.Equal(0, table.FileControl(listener, LinuxRequest.SetStatusFlags, NonBlocking));
        uint length = 16;
        for (int i = 0; i < waiting; i++)
        {
            Assert.True(table.Accept(listener, new byte[16], ref length) >= 0);
        }

        script.Fails(LinuxError.Again, table.Accept(listener, new byte[16], ref length));
    }
}
