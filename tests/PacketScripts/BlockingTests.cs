using NetStack.IP;
using static NetStack.PacketScripts.Tests.Script;

namespace NetStack.PacketScripts.Tests;

/// <summary>Calls on a second thread: each ends at the virtual time of what ended it, whenever its thread runs.</summary>
public class BlockingTests
{
    private const string Plain = "timestamps=0,sack=0,window_scale=off";

    [Fact]
    public async Task Accept_ends_with_the_handshake()
    {
        using Script script = new(Plain);
        int listener = script.Listening();
        Waiting<(int Fd, double At)> accept = new(() =>
        {
            uint length = 16;
            return (script.Table.Accept(listener, new byte[16], ref length), script.Now);
        });
        script.At(100);
        script.In("S 0:0(0) win 50000 <mss 1000>");
        script.Out("S. 0:0(0) ack 1 <mss 1460>");
        script.At(200);
        script.In(". 1:1(0) ack 1 win 50000");
        script.At(300);

        (int fd, double at) = await accept.Task;
        Assert.True(fd >= 0);
        Assert.InRange(at, 199.9, 201.0);
    }

    [Fact]
    public async Task Connect_ends_with_the_handshake()
    {
        using Script script = new(Plain);
        int fd = script.Table.Socket(Inet, Script.Stream, 0);
        script.At(10);
        Waiting<(int Result, double At)> connect = new(() => (script.Table.Connect(fd, Address(PeerAddress, PeerPort)), script.Now));
        script.Out("S 0:0(0) <mss 1460>");
        script.At(110);
        script.In("S. 0:0(0) ack 1 win 5792 <mss 1460>");
        script.Out(". 1:1(0) ack 1");
        script.At(500);

        Assert.Equal(0, (await connect.Task).Result);
        Assert.InRange((await connect.Task).At, 109.9, 111.0);
    }

    [Fact]
    public async Task Connect_ends_with_a_reset()
    {
        using Script script = new(Plain);
        int fd = script.Table.Socket(Inet, Script.Stream, 0);
        Waiting<(int Result, int Errno)> connect = new(() => (script.Table.Connect(fd, Address(PeerAddress, PeerPort)), ScriptTable.Errno));
        script.Out("S 0:0(0) <mss 1460>");
        script.In("R. 0:0(0) ack 1");

        Assert.Equal((-1, LinuxError.ConnectionRefused), await connect.Task);
    }

    [Fact]
    public async Task Read_ends_with_data_and_waits_for_all_where_it_is_asked_to()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Waiting<(int Result, double At)> read = new(() => (script.Table.Read(fd, new byte[2000]), script.Now));
        script.At(100);
        script.In("P. 1:1001(1000) ack 1 win 50000");
        Assert.Equal(1000, (await read.Task).Result);
        Assert.InRange((await read.Task).At, 99.9, 101.0);

        Waiting<(int Result, double At)> all = new(() => (script.Table.Receive(fd, new byte[1500], LinuxMessage.WaitAll), script.Now));
        script.At(200);
        script.In("P. 1001:2001(1000) ack 1 win 50000");
        Assert.False(all.IsDone);
        script.At(300);
        script.In("P. 2001:3001(1000) ack 1 win 50000");
        script.At(400);
        Assert.Equal(1500, (await all.Task).Result);
        Assert.InRange((await all.Task).At, 299.9, 301.0);
    }

    [Fact]
    public async Task Read_ends_with_the_peers_FIN()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Waiting<int> read = new(() => script.Table.Read(fd, new byte[10]));
        script.In("F. 1:1(0) ack 1 win 50000");

        Assert.Equal(0, await read.Task);
    }

    [Fact]
    public async Task A_write_that_waits_is_done_at_the_time_of_the_acknowledgment_that_makes_room()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.SendBuffer, Number(21_000)));

        Waiting<(int Result, double At)> write = new(() => (script.Table.Write(fd, new byte[61_000]), script.Now));
        script.At(100);
        script.In(". 1:1(0) ack 8001 win 50000");
        Assert.False(write.IsDone);
        script.At(200);
        script.In(". 1:1(0) ack 24001 win 50000");
        script.At(300);

        Assert.Equal(61_000, (await write.Task).Result);
        Assert.InRange((await write.Task).At, 199.9, 201.0);
    }

    [Fact]
    public async Task Poll_ends_by_its_time_even_if_nobody_else_moves_the_clock()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        double before = script.Now;
        Waiting<(short Returned, double At)> poll = new(() => (script.Poll(fd, (short)LinuxPoll.In, 300), script.Now));

        (short returned, double at) = await poll.Task;
        Assert.Equal(0, returned);
        Assert.InRange(at - before, 299.9, 300.5);
    }

    [Fact]
    public async Task Epoll_ends_with_the_event()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        int watch = script.Table.PollCreate(1);
        Assert.Equal(0, script.Table.PollControl(watch, 1, fd, LinuxPoll.In, 4));
        PollEvent[] events = new PollEvent[2];
        Waiting<(int Result, double At)> wait = new(() => (script.Table.PollWait(watch, events, 5000), script.Now));
        script.At(70);
        script.In("P. 1:11(10) ack 1 win 50000");
        script.At(80);

        Assert.Equal(1, (await wait.Task).Result);
        Assert.InRange((await wait.Task).At, 69.9, 71.0);
    }

    [Fact]
    public void A_receive_time_limit_ends_a_read()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        byte[] time = new byte[16];
        BitConverter.TryWriteBytes(time.AsSpan(8), 150_000L);
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.ReceiveTimeout, time));
        double before = script.Now;

        script.Fails(LinuxError.Again, script.Table.Read(fd, new byte[1]));

        Assert.InRange(script.Now - before, 149.9, 150.5);
    }

    [Fact]
    public void A_call_that_nothing_could_ever_end_fails_instead()
    {
        using Script script = new(Plain);
        int listener = script.Listening();
        uint length = 16;

        script.Fails(LinuxError.Deadlock, script.Table.Accept(listener, new byte[16], ref length));
    }

    [Fact]
    public void A_connect_that_nobody_answers_times_out_in_the_call()
    {
        using Script script = new(Plain);
        int fd = script.Table.Socket(Inet, Script.Stream, 0);
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelTcp, LinuxOption.SynCount, Number(2)));

        script.Fails(LinuxError.TimedOut, script.Table.Connect(fd, Address(PeerAddress, PeerPort)));

        Assert.InRange(script.Now, 6_999.0, 7_002.0);
        script.OutAt(0, "S 0:0(0) <mss 1460>");
        script.OutAt(1000, "S 0:0(0) <mss 1460>");
        script.OutAt(3000, "S 0:0(0) <mss 1460>");
    }

    [Fact]
    public async Task A_lingering_close_waits_for_the_acknowledgment_of_its_FIN()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.Linger, [1, 0, 0, 0, 5, 0, 0, 0]));
        Waiting<(int Result, double At)> close = new(() => (script.Table.Close(fd), script.Now));
        script.Out("F. 1:1(0) ack 1");
        script.At(50);
        script.In(". 1:1(0) ack 2 win 50000");
        script.At(90);

        Assert.Equal(0, (await close.Task).Result);
        Assert.InRange((await close.Task).At, 49.9, 51.0);
    }

    [Fact]
    public void A_lingering_close_gives_up_when_its_time_is_over()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.Linger, [1, 0, 0, 0, 2, 0, 0, 0]));
        double before = script.Now;

        Assert.Equal(0, script.Table.Close(fd));

        Assert.InRange(script.Now - before, 1_999.0, 2_001.0);
    }

    [Fact]
    public void A_host_that_cannot_be_reached_ends_a_connect()
    {
        using Script script = new(Plain);
        int fd = script.Table.Socket(Inet, Script.Stream | LinuxRequest.NonBlockingFlag, 0);
        script.Fails(LinuxError.InProgress, script.Table.Connect(fd, Address(PeerAddress, PeerPort)));
        byte[] syn = script.Table.WireReceive(out _, out _);

        script.Table.WireSend(Datagrams.Unreachable(1, 0, syn, IpAddress.Parse("10.9.9.9"), OurAddress));

        Assert.Equal(LinuxError.HostUnreachable, script.Option(fd, LinuxOption.LevelSocket, LinuxOption.Error));
    }
}
