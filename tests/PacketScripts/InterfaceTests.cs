using System.Runtime.InteropServices;
using NetStack.IP;

namespace NetStack.PacketScripts.Tests;

public class InterfaceTests
{
    private const string All =
        "local=192.168.0.1,prefix=16,gateway=192.168.0.1,remote=192.0.2.1,mtu=1500,cc=newreno,sack=1,timestamps=1,window_scale=8,"
        + "ecn=0,fastopen=1,syncookies=1,delayed_ack_ms=40,rto_initial_ms=1000,rto_min_ms=200,clock=virtual,seed=7";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(All)]
    [InlineData("window_scale=off,syncookies=always,cc=cubic")]
    [InlineData("window_scale=0, sack=0")]
    public void Every_slot_is_filled_and_the_flags_are_taken(string? flags)
    {
        using ScriptTable table = new(flags);

        Assert.Empty(table.EmptySlots);
        Assert.True(table.Socket(Script.Inet, Script.Stream, 0) >= 0);
    }

    [Theory]
    [InlineData("locale=192.168.0.1", "'locale'")]
    [InlineData("sack", "'sack'")]
    [InlineData("sack=2", "'sack'")]
    [InlineData("sack=1,sack=1", "twice")]
    [InlineData("local=192.168.0", "'local'")]
    [InlineData("local=224.0.0.1", "'local'")]
    [InlineData("prefix=33", "'prefix'")]
    [InlineData("prefix=-1", "'prefix'")]
    [InlineData("mtu=67", "'mtu'")]
    [InlineData("mtu=1500x", "'mtu'")]
    [InlineData("cc=reno", "'cc'")]
    [InlineData("cc=", "'cc'")]
    [InlineData("window_scale=15", "'window_scale'")]
    [InlineData("timestamps=yes", "'timestamps'")]
    [InlineData("ecn=2", "'ecn'")]
    [InlineData("fastopen=3", "'fastopen'")]
    [InlineData("syncookies=2", "'syncookies'")]
    [InlineData("delayed_ack_ms=x", "'delayed_ack_ms'")]
    [InlineData("rto_initial_ms=0", "'rto_initial_ms'")]
    [InlineData("rto_min_ms=", "'rto_min_ms'")]
    [InlineData("clock=wall", "'clock'")]
    [InlineData("seed=-1", "'seed'")]
    [InlineData("local=fd00::1", "families")]
    public void A_wrong_flag_is_named(string flags, string named)
    {
        Assert.False(StackFlags.TryParse(flags, out _, out string complaint));
        Assert.Contains(named, complaint, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', complaint);
    }

    [Fact]
    public void With_wrong_flags_every_call_fails()
    {
        using ScriptTable table = new("colour=blue");

        byte[] address = Script.Address(IpAddress.AnyV4, 80);
        byte[] buffer = new byte[8];
        uint length = 8;
        int value = 0;
        Assert.Empty(table.EmptySlots);
        Assert.Equal(-1, table.Socket(Script.Inet, Script.Stream, 0));
        Assert.Equal(LinuxError.Invalid, ScriptTable.Errno);
        Assert.Equal(-1, table.Bind(3, address));
        Assert.Equal(-1, table.Listen(3, 1));
        Assert.Equal(-1, table.Accept(3, buffer, ref length));
        Assert.Equal(-1, table.Connect(3, address));
        Assert.Equal(-1, table.Read(3, buffer));
        Assert.Equal(-1, table.Vector(8, 3, buffer, buffer));
        Assert.Equal(-1, table.Receive(3, buffer, 0));
        Assert.Equal(-1, table.ReceiveFrom(3, buffer, 0, buffer, ref length));
        Assert.Equal(-1, table.Message(11, 3, buffer, 0, default, default, out _, out _));
        Assert.Equal(-1, table.Write(3, buffer));
        Assert.Equal(-1, table.Vector(13, 3, buffer, buffer));
        Assert.Equal(-1, table.Send(3, buffer, 0));
        Assert.Equal(-1, table.SendTo(3, buffer, 0, address));
        Assert.Equal(-1, table.Message(16, 3, buffer, 0, default, default, out _, out _));
        Assert.Equal(-1, table.FileControl(3, LinuxRequest.GetStatusFlags));
        Assert.Equal(-1, table.DeviceControl(3, LinuxRequest.InputQueue, ref value));
        Assert.Equal(-1, table.Close(3));
        Assert.Equal(-1, table.Shutdown(3, 2));
        Assert.Equal(-1, table.GetOption(3, 1, 2, buffer, ref length));
        Assert.Equal(-1, table.SetOption(3, 1, 2, buffer));
        Assert.Equal(-1, table.Poll(new PollDescriptor[1], 0));
        Assert.Equal(-1, table.WireSend(buffer));
        table.WireReceive(out _, out int received);
        Assert.Equal(-1, received);
        Assert.Equal(-1, table.Sleep(1));
        Assert.Equal(-1, table.Time());
        Assert.Equal(-1, table.PollCreate(1));
        Assert.Equal(-1, table.PollControl(3, 1, 4, 1, 0));
        Assert.Equal(-1, table.PollWait(3, new PollEvent[1], 0));
        Assert.Equal(-1, table.Pipe(new int[2]));
        Assert.Equal(-1, table.Splice(3, 4, 1));
    }

    [Fact]
    public void The_virtual_clock_moves_by_a_microsecond_a_look_and_by_what_a_sleep_says()
    {
        using ScriptTable table = new(null);

        long first = table.Time();
        Assert.Equal(first + 1, table.Time());
        Assert.Equal(0, table.Sleep(250_000));
        Assert.Equal(first + 250_002, table.Time());
    }

    [Fact]
    public void The_real_clock_goes_by_itself_and_fires_timers()
    {
        using Script script = new("clock=real,rto_initial_ms=60");
        int fd = script.Table.Socket(Script.Inet, Script.Stream, 0);
        Assert.Equal(0, script.Table.FileControl(fd, LinuxRequest.SetStatusFlags, LinuxRequest.NonBlockingFlag));
        script.Fails(LinuxError.InProgress, script.Table.Connect(fd, Script.Address(Script.PeerAddress, 80)));

        script.Table.WireReceive(out long first, out _);
        script.Table.WireReceive(out long second, out _);

        Assert.True(second - first >= 60_000, $"the SYN went out again after {second - first} µs");
    }

    [Fact]
    public void Where_nothing_will_ever_leave_the_wire_tells_so_at_once()
    {
        using ScriptTable table = new(null);
        long before = table.Time();

        byte[] packet = table.WireReceive(out _, out int result);

        Assert.Equal(0, result);
        Assert.Empty(packet);
        Assert.InRange(table.Time() - before, 0, 1000);
    }

    [Fact]
    public void Descriptors_are_real_ones_until_they_are_closed()
    {
        using ScriptTable table = new(null);

        int stream = table.Socket(Script.Inet, Script.Stream, 0);
        int poll = table.PollCreate(1);

        Assert.True(File.Exists($"/proc/self/fd/{stream}"));
        Assert.True(File.Exists($"/proc/self/fd/{poll}"));
        Assert.Equal(0, table.Close(stream));
        Assert.False(new FileInfo($"/proc/self/fd/{stream}").Exists && table.FileControl(stream, LinuxRequest.GetStatusFlags) >= 0);
        Assert.Equal(-1, table.Close(stream));
        Assert.Equal(LinuxError.BadDescriptor, ScriptTable.Errno);
    }

    [Fact]
    public void Pipes_are_the_hosts_and_splice_is_not_there()
    {
        using ScriptTable table = new(null);
        int[] ends = new int[2];
        Assert.Equal(0, table.Pipe(ends));

        Assert.Equal(5, table.Write(ends[1], "hello"u8));
        PollDescriptor[] one = [new PollDescriptor { Number = ends[0], Events = (short)LinuxPoll.In }];
        Assert.Equal(1, table.Poll(one, 0));
        byte[] buffer = new byte[8];
        Assert.Equal(5, table.Read(ends[0], buffer));
        Assert.Equal("hello"u8, buffer.AsSpan(0, 5));
        Assert.Equal(-1, table.Splice(ends[0], ends[1], 1));
        Assert.Equal(LinuxError.NotImplemented, ScriptTable.Errno);
        Assert.Equal(0, table.Close(ends[0]));
        Assert.Equal(0, table.Close(ends[1]));
    }

    [Fact]
    public void One_seed_gives_the_same_packets()
    {
        Assert.Equal(FirstPacket("seed=5"), FirstPacket("seed=5"));
        Assert.NotEqual(FirstPacket("seed=5"), FirstPacket("seed=6"));
    }

    /// <summary>The published library, where it was built: <c>./test</c> does, and says by the variable that it must be there.</summary>
    [Fact]
    public void The_published_library_runs_a_script()
    {
        string file = Path.Combine(RepositoryRoot(), "artifacts/packetscripts/libnetstack_packetscripts.so");
        bool isBuilt = File.Exists(file);
        Assert.True(isBuilt || Environment.GetEnvironmentVariable("NETSTACK_PACKETSCRIPTS") != "1", $"{file} is not there");
        using ScriptTable table = isBuilt ? new ScriptTable("timestamps=0", NativeLibrary.Load(file)) : new ScriptTable("timestamps=0");
        Assert.Empty(table.EmptySlots);
        using Script script = new(table);

        int fd = script.Accepted("mss 1000,sackOK", "mss 1460,nop,nop,sackOK");
        Assert.Equal(1500, table.Write(fd, new byte[1500]));
        script.Out(". 1:1001(1000) ack 1");
        script.Out("P. 1001:1501(500) ack 1");
        script.In("P. 1:1001(1000) ack 1501");
        script.Out(". 1501:1501(0) ack 1001");
        script.In("P. 1001:2001(1000) ack 1501");
        script.Out(". 1501:1501(0) ack 2001");
        byte[] buffer = new byte[3000];
        Assert.Equal(2000, table.Read(fd, buffer));
        Assert.Equal(-1, table.Receive(fd, buffer, LinuxMessage.DoNotWait));
        Assert.Equal(LinuxError.Again, ScriptTable.Errno);
    }

    private static byte[] FirstPacket(string flags)
    {
        using ScriptTable table = new(flags);
        int fd = table.Socket(Script.Inet, Script.Stream | LinuxRequest.NonBlockingFlag, 0);
        Assert.Equal(-1, table.Connect(fd, Script.Address(Script.PeerAddress, 80)));
        return table.WireReceive(out _, out _);
    }

    private static string RepositoryRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "NetStack.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("NetStack.sln is in no folder above the tests.");
    }
}
