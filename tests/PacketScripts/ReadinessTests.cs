using static NetStack.PacketScripts.Tests.Script;

namespace NetStack.PacketScripts.Tests;

public class ReadinessTests
{
    private const string Plain = "timestamps=0,sack=0,window_scale=off";
    private const int Add = 1;
    private const int Delete = 2;
    private const int Modify = 3;
    private const uint Edge = LinuxPoll.EdgeTriggered;

    [Fact]
    public void A_socket_tells_by_poll_how_far_it_has_come()
    {
        using Script script = new(Plain);
        int listener = script.Listening();
        Assert.Equal(0u, Mask(script, listener));
        script.In("S 0:0(0) win 50000 <mss 1000>");
        script.Out("S. 0:0(0) ack 1 <mss 1460>");
        Assert.Equal(0u, Mask(script, listener));
        script.In(". 1:1(0) ack 1 win 50000");
        Assert.Equal(LinuxPoll.Readable, Mask(script, listener));

        int fd = script.Accept(listener);
        Assert.Equal(0u, Mask(script, listener));
        Assert.Equal(LinuxPoll.Writable, Mask(script, fd));
        script.In("P. 1:11(10) ack 1 win 50000");
        Assert.Equal(LinuxPoll.Writable | LinuxPoll.Readable, Mask(script, fd));
        Assert.Equal(10, script.Table.Read(fd, new byte[10]));
        Assert.Equal(LinuxPoll.Writable, Mask(script, fd));
        script.In("F. 11:11(0) ack 1 win 50000");
        Assert.Equal(LinuxPoll.Writable | LinuxPoll.Readable | LinuxPoll.ReadHangUp, Mask(script, fd));
        Assert.Equal(0, script.Table.Shutdown(fd, 1));
        Assert.Equal(LinuxPoll.Writable | LinuxPoll.Readable | LinuxPoll.ReadHangUp | LinuxPoll.HangUp, Mask(script, fd));
    }

    [Fact]
    public void Poll_asks_for_what_it_is_asked_and_tells_bad_descriptors()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        PollDescriptor[] three =
        [
            new() { Number = fd, Events = (short)LinuxPoll.In },
            new() { Number = 12_345, Events = (short)LinuxPoll.In },
            new() { Number = -1, Events = (short)LinuxPoll.In, Returned = 77 },
        ];

        Assert.Equal(1, script.Table.Poll(three, 0));
        Assert.Equal([0, (short)LinuxPoll.Invalid, 0], three.Select(each => each.Returned));
    }

    [Fact]
    public void A_poll_on_the_scripts_own_thread_lets_its_time_pass()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        double before = script.Now;

        Assert.Equal(0, script.Poll(fd, (short)LinuxPoll.In, 250));

        Assert.InRange(script.Now - before, 249.9, 250.2);
    }

    [Fact]
    public void Level_triggered_events_are_told_as_long_as_they_hold()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        int poll = script.Table.PollCreate(1);
        Assert.Equal(0, script.Table.PollControl(poll, Add, fd, LinuxPoll.In, 42));

        Assert.Empty(Wait(script, poll));
        script.In("P. 1:11(10) ack 1 win 50000");
        Assert.Equal([(LinuxPoll.In, 42ul)], Wait(script, poll));
        Assert.Equal([(LinuxPoll.In, 42ul)], Wait(script, poll));
        Assert.Equal(LinuxPoll.In, (uint)script.Poll(poll, (short)LinuxPoll.In));
        Assert.Equal(10, script.Table.Read(fd, new byte[10]));
        Assert.Empty(Wait(script, poll));
    }

    [Fact]
    public void Edge_triggered_events_are_told_once_for_each_thing_that_happens()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        int poll = script.Table.PollCreate(1);
        Assert.Equal(0, script.Table.PollControl(poll, Add, fd, LinuxPoll.In | LinuxPoll.Out | Edge, 4));

        Assert.Equal([(LinuxPoll.Out, 4ul)], Wait(script, poll));
        Assert.Empty(Wait(script, poll));
        script.In("P. 1:11(10) ack 1 win 50000");
        Assert.Equal([(LinuxPoll.In | LinuxPoll.Out, 4ul)], Wait(script, poll));
        Assert.Empty(Wait(script, poll));
        Assert.Equal(5, script.Table.Read(fd, new byte[5]));
        Assert.Empty(Wait(script, poll));
        script.In("P. 11:21(10) ack 1 win 50000");
        Assert.Equal([(LinuxPoll.In | LinuxPoll.Out, 4ul)], Wait(script, poll));
    }

    [Fact]
    public void Room_is_an_edge_only_after_there_was_none()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.SendBuffer, Number(5000)));
        int poll = script.Table.PollCreate(1);
        Assert.Equal(0, script.Table.PollControl(poll, Add, fd, LinuxPoll.Out | Edge, 4));
        Assert.Single(Wait(script, poll));

        Assert.Equal(10_000, script.Table.Send(fd, new byte[20_000], LinuxMessage.DoNotWait));
        Assert.Empty(Wait(script, poll));
        script.In(". 1:1(0) ack 2001 win 50000");
        Assert.Empty(Wait(script, poll));
        script.In(". 1:1(0) ack 5001 win 50000");
        Assert.Equal([(LinuxPoll.Out, 4ul)], Wait(script, poll));
        script.In(". 1:1(0) ack 10001 win 50000");
        Assert.Empty(Wait(script, poll));
    }

    [Fact]
    public void A_one_shot_event_is_silent_until_it_is_set_again()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        int poll = script.Table.PollCreate(1);
        Assert.Equal(0, script.Table.PollControl(poll, Add, fd, LinuxPoll.Out | LinuxPoll.OneShot, 4));

        Assert.Equal([(LinuxPoll.Out, 4ul)], Wait(script, poll));
        script.In("R. 1:1(0) ack 1");
        Assert.Empty(Wait(script, poll));
        Assert.Equal(0, script.Table.PollControl(poll, Modify, fd, LinuxPoll.In, 5));
        Assert.Equal([(LinuxPoll.In | LinuxPoll.Error | LinuxPoll.HangUp, 5ul)], Wait(script, poll));
    }

    [Fact]
    public void Watching_is_refused_where_it_makes_no_sense()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        int poll = script.Table.PollCreate(1);

        script.Fails(LinuxError.NoEntry, script.Table.PollControl(poll, Modify, fd, LinuxPoll.In, 0));
        script.Fails(LinuxError.NoEntry, script.Table.PollControl(poll, Delete, fd, LinuxPoll.In, 0));
        script.Fails(LinuxError.BadDescriptor, script.Table.PollControl(poll, Add, 12_345, LinuxPoll.In, 0));
        script.Fails(LinuxError.Invalid, script.Table.PollControl(poll, Add, poll, LinuxPoll.In, 0));
        script.Fails(LinuxError.Invalid, script.Table.PollControl(fd, Add, poll, LinuxPoll.In, 0));
        Assert.Equal(0, script.Table.PollControl(poll, Add, fd, LinuxPoll.In, 0));
        script.Fails(LinuxError.Exists, script.Table.PollControl(poll, Add, fd, LinuxPoll.In, 0));
        script.Fails(LinuxError.Invalid, script.Table.PollControl(poll, 9, fd, LinuxPoll.In, 0));
        script.Fails(LinuxError.Invalid, script.Table.PollWait(poll, default, 0));
        Assert.Equal(0, script.Table.PollControl(poll, Delete, fd, LinuxPoll.In, 0));
        script.In("P. 1:11(10) ack 1 win 50000");
        Assert.Empty(Wait(script, poll));
    }

    [Fact]
    public void A_closed_descriptor_is_watched_no_more()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        int poll = script.Table.PollCreate(1);
        Assert.Equal(0, script.Table.PollControl(poll, Add, fd, LinuxPoll.Out, 4));
        Assert.Single(Wait(script, poll));

        Assert.Equal(0, script.Table.Close(fd));

        Assert.Empty(Wait(script, poll));
    }

    private static uint Mask(Script script, int fd) => (ushort)script.Poll(fd, -1);

    private static (uint Events, ulong Data)[] Wait(Script script, int poll)
    {
        PollEvent[] events = new PollEvent[4];
        int count = script.Table.PollWait(poll, events, 0);
        Assert.True(count >= 0);
        return [.. events[..count].Select(each => (each.Events, each.Data))];
    }
}
