using static NetStack.PacketScripts.Tests.Script;

namespace NetStack.PacketScripts.Tests;

public class OptionTests
{
    private const int Socket = LinuxOption.LevelSocket;
    private const int Tcp = LinuxOption.LevelTcp;
    private const int Ip = LinuxOption.LevelIp;

    /// <summary>Level, option, what it is at first, what it is set to, and what it then is.</summary>
    [Theory]
    [InlineData(Socket, LinuxOption.ReuseAddress, 0, 5, 1)]
    [InlineData(Socket, LinuxOption.ReusePort, 0, 1, 1)]
    [InlineData(Socket, LinuxOption.KeepAlive, 0, 1, 1)]
    [InlineData(Socket, LinuxOption.OutOfBandInline, 0, 1, 1)]
    [InlineData(Socket, LinuxOption.Priority, 0, 3, 3)]
    [InlineData(Socket, LinuxOption.SendBuffer, 16_384, 10_000, 20_000)]
    [InlineData(Socket, LinuxOption.SendBuffer, 16_384, 1_000, 4_608)]
    [InlineData(Socket, LinuxOption.SendBuffer, 16_384, 2_000_000, 425_984)]
    [InlineData(Socket, LinuxOption.ReceiveBuffer, 131_072, 10_000, 20_000)]
    [InlineData(Socket, LinuxOption.ReceiveBuffer, 131_072, 1, 2_304)]
    [InlineData(Socket, LinuxOption.ReceiveLowWater, 1, 100, 100)]
    [InlineData(Tcp, LinuxOption.NoDelay, 0, 7, 1)]
    [InlineData(Tcp, LinuxOption.Cork, 0, 1, 1)]
    [InlineData(Tcp, LinuxOption.MaximumSegment, 536, 1100, 1100)]
    [InlineData(Tcp, LinuxOption.KeepIdle, 7200, 10, 10)]
    [InlineData(Tcp, LinuxOption.KeepInterval, 75, 3, 3)]
    [InlineData(Tcp, LinuxOption.KeepCount, 9, 2, 2)]
    [InlineData(Tcp, LinuxOption.SynCount, 6, 1, 1)]
    [InlineData(Tcp, LinuxOption.Linger2, 60, 10, 10)]
    [InlineData(Tcp, LinuxOption.Linger2, 60, -5, -1)]
    [InlineData(Tcp, LinuxOption.Linger2, 60, 121, -1)]
    [InlineData(Tcp, LinuxOption.DeferAccept, 0, 5, 7)]
    [InlineData(Tcp, LinuxOption.DeferAccept, 0, 1, 1)]
    [InlineData(Tcp, LinuxOption.WindowClamp, 0, 5000, 5000)]
    [InlineData(Tcp, LinuxOption.QuickAcknowledgment, 1, 0, 0)]
    [InlineData(Tcp, LinuxOption.UserTimeout, 0, 3000, 3000)]
    [InlineData(Tcp, LinuxOption.FastOpen, 0, 5, 5)]
    [InlineData(Tcp, LinuxOption.FastOpenConnect, 0, 1, 1)]
    [InlineData(Tcp, LinuxOption.NotSentLowWater, 0, 4000, 4000)]
    [InlineData(Tcp, LinuxOption.NotSentLowWater, 0, -1, -1)]
    [InlineData(Tcp, LinuxOption.InQueue, 0, 1, 1)]
    [InlineData(Ip, LinuxOption.TypeOfService, 0, 0x2F, 0x2C)]
    [InlineData(Ip, LinuxOption.TimeToLive, 64, 9, 9)]
    [InlineData(Ip, LinuxOption.MtuDiscover, 1, 2, 2)]
    public void An_option_is_told_as_Linux_tells_it(int level, int option, int before, int set, int after)
    {
        using Script script = new();
        int fd = script.Table.Socket(Inet, Script.Stream, 0);

        Assert.Equal(before, script.Option(fd, level, option));
        Assert.Equal(0, script.Table.SetOption(fd, level, option, Number(set)));
        Assert.Equal(after, script.Option(fd, level, option));
    }

    [Theory]
    [InlineData(Tcp, LinuxOption.MaximumSegment, 87)]
    [InlineData(Tcp, LinuxOption.MaximumSegment, 32_768)]
    [InlineData(Tcp, LinuxOption.KeepIdle, 0)]
    [InlineData(Tcp, LinuxOption.KeepIdle, 32_768)]
    [InlineData(Tcp, LinuxOption.KeepInterval, 0)]
    [InlineData(Tcp, LinuxOption.KeepCount, 128)]
    [InlineData(Tcp, LinuxOption.SynCount, 0)]
    [InlineData(Tcp, LinuxOption.UserTimeout, -1)]
    [InlineData(Tcp, LinuxOption.FastOpen, -1)]
    [InlineData(Tcp, LinuxOption.FastOpenConnect, 2)]
    [InlineData(Tcp, LinuxOption.InQueue, 2)]
    [InlineData(Ip, LinuxOption.TimeToLive, 256)]
    [InlineData(Ip, LinuxOption.MtuDiscover, 6)]
    public void A_value_out_of_range_is_refused(int level, int option, int value)
    {
        using Script script = new();
        int fd = script.Table.Socket(Inet, Script.Stream, 0);
        int before = script.Option(fd, level, option);

        script.Fails(LinuxError.Invalid, script.Table.SetOption(fd, level, option, Number(value)));
        Assert.Equal(before, script.Option(fd, level, option));
    }

    [Theory]
    [InlineData(Socket, 999)]
    [InlineData(Socket, 37)]
    [InlineData(Tcp, 999)]
    [InlineData(Ip, 999)]
    [InlineData(41, 1)]
    public void An_unknown_option_is_not_available(int level, int option)
    {
        using Script script = new();
        int fd = script.Table.Socket(Inet, Script.Stream, 0);
        uint length = 4;

        script.Fails(LinuxError.NoProtocolOption, script.Table.GetOption(fd, level, option, new byte[4], ref length));
        script.Fails(LinuxError.NoProtocolOption, script.Table.SetOption(fd, level, option, Number(1)));
    }

    [Theory]
    [InlineData(Socket, LinuxOption.Type, Script.Stream)]
    [InlineData(Socket, LinuxOption.Protocol, 6)]
    [InlineData(Socket, LinuxOption.Domain, Inet)]
    [InlineData(Socket, LinuxOption.Error, 0)]
    [InlineData(Socket, LinuxOption.AcceptsConnections, 0)]
    [InlineData(Socket, LinuxOption.SendLowWater, 1)]
    public void What_a_socket_is_can_be_asked_but_not_set(int level, int option, int expected)
    {
        using Script script = new();
        int fd = script.Table.Socket(Inet, Script.Stream, 0);

        Assert.Equal(expected, script.Option(fd, level, option));
        script.Fails(LinuxError.NoProtocolOption, script.Table.SetOption(fd, level, option, Number(1)));
        Assert.Equal(1, script.Option(script.Listening(), level, LinuxOption.AcceptsConnections));
    }

    [Fact]
    public void A_value_that_is_too_short_is_refused_and_room_that_is_too_small_is_filled()
    {
        using Script script = new();
        int fd = script.Table.Socket(Inet, Script.Stream, 0);

        script.Fails(LinuxError.Invalid, script.Table.SetOption(fd, Tcp, LinuxOption.NoDelay, [1, 0]));
        script.Fails(LinuxError.Invalid, script.Table.SetOption(fd, Socket, LinuxOption.KeepAlive, [1]));
        script.Fails(LinuxError.Invalid, script.Table.SetOption(fd, Socket, LinuxOption.Linger, Number(1)));
        Assert.Equal(0, script.Table.SetOption(fd, Ip, LinuxOption.TypeOfService, [8]));
        byte[] value = [9, 9, 9, 9, 9, 9, 9, 9];
        uint length = 2;
        Assert.Equal(0, script.Table.GetOption(fd, Tcp, LinuxOption.KeepIdle, value, ref length));
        Assert.Equal(2u, length);
        Assert.Equal([0x20, 0x1C, 9, 9, 9, 9, 9, 9], value);
        length = 8;
        Assert.Equal(0, script.Table.GetOption(fd, Ip, LinuxOption.TypeOfService, value, ref length));
        Assert.Equal(4u, length);
        Assert.Equal(8, BitConverter.ToInt32(value));
    }

    [Fact]
    public void Linger_and_time_limits_are_structures()
    {
        using Script script = new();
        int fd = script.Table.Socket(Inet, Script.Stream, 0);
        byte[] linger = [1, 0, 0, 0, 7, 0, 0, 0];
        byte[] time = [3, 0, 0, 0, 0, 0, 0, 0, 0x20, 0xA1, 7, 0, 0, 0, 0, 0];

        Assert.Equal(0, script.Table.SetOption(fd, Socket, LinuxOption.Linger, linger));
        Assert.Equal(0, script.Table.SetOption(fd, Socket, LinuxOption.ReceiveTimeout, time));
        Assert.Equal(0, script.Table.SetOption(fd, Socket, LinuxOption.SendTimeout, time));

        byte[] value = new byte[16];
        uint length = 8;
        Assert.Equal(0, script.Table.GetOption(fd, Socket, LinuxOption.Linger, value, ref length));
        Assert.Equal(linger, value[..(int)length]);
        length = 16;
        Assert.Equal(0, script.Table.GetOption(fd, Socket, LinuxOption.ReceiveTimeout, value, ref length));
        Assert.Equal(time, value[..(int)length]);
        Assert.Equal(0, script.Table.GetOption(fd, Socket, LinuxOption.SendTimeout, value, ref length));
        Assert.Equal(time, value[..(int)length]);
    }

    [Theory]
    [InlineData("cc=newreno", "reno")]
    [InlineData("cc=cubic", "cubic")]
    public void The_congestion_control_has_the_name_that_Linux_has_for_it(string flags, string expected)
    {
        using Script script = new(flags);
        int fd = script.Table.Socket(Inet, Script.Stream, 0);

        Assert.Equal(expected, Congestion(script, fd));
        Assert.Equal(0, script.Table.SetOption(fd, Tcp, LinuxOption.Congestion, "reno"u8));
        Assert.Equal("reno", Congestion(script, fd));
        script.Fails(LinuxError.NoEntry, script.Table.SetOption(fd, Tcp, LinuxOption.Congestion, "tomorrow"u8));
        Assert.Equal("reno", Congestion(script, fd));
    }

    [Fact]
    public void The_segment_size_is_that_of_the_connection_as_soon_as_there_is_one()
    {
        using Script script = new("sack=0,window_scale=off");
        int fd = script.Accepted("mss 1000,nop,nop,TS val 5 ecr 0", "mss 1460,nop,nop,TS val 100 ecr 5", timestamps: "nop,nop,TS val 6 ecr 100");

        Assert.Equal(988, script.Option(fd, Tcp, LinuxOption.MaximumSegment));
    }

    [Fact]
    public void Information_about_a_connection_has_the_layout_of_Linux()
    {
        using Script script = new("timestamps=0,sack=0,window_scale=off,cc=newreno");
        int fd = script.Accepted();
        Assert.Equal(3500, script.Table.Write(fd, new byte[3500]));

        byte[] value = new byte[300];
        uint length = 300;
        Assert.Equal(0, script.Table.GetOption(fd, Tcp, LinuxOption.TcpInformation, value, ref length));

        Assert.Equal(280u, length);
        Assert.Equal((byte)LinuxTcpState.Established, value[0]);
        Assert.Equal(1000, BitConverter.ToInt32(value, 16));
        Assert.Equal(4, BitConverter.ToInt32(value, 24));
        Assert.Equal(int.MaxValue, BitConverter.ToInt32(value, 76));
        Assert.Equal(10, BitConverter.ToInt32(value, 80));
        Assert.Equal((0, 0, 0), (value[1], value[5], value[6]));
        Assert.Equal((0, 0, 0), (BitConverter.ToInt32(value, 28), BitConverter.ToInt32(value, 32), BitConverter.ToInt32(value, 36)));
        Assert.Equal((1500, 1460), (BitConverter.ToInt32(value, 60), BitConverter.ToInt32(value, 84)));
        Assert.Equal((0, 1), (BitConverter.ToInt64(value, 120), BitConverter.ToInt32(value, 192)));

        script.In(". 1:1(0) ack 2001 win 5000");
        length = 300;
        Assert.Equal(0, script.Table.GetOption(fd, Tcp, LinuxOption.TcpInformation, value, ref length));
        Assert.Equal((2000, 3), (BitConverter.ToInt64(value, 120), BitConverter.ToInt32(value, 192)));
        Assert.Equal((2, 10), (BitConverter.ToInt32(value, 24), BitConverter.ToInt32(value, 80)));
        Assert.Equal((5000, 0), (BitConverter.ToInt32(value, 228), BitConverter.ToInt64(value, 128)));
        length = 8;
        Assert.Equal(0, script.Table.GetOption(fd, Tcp, LinuxOption.TcpInformation, value, ref length));
        Assert.Equal(8u, length);
    }

    [Fact]
    public void What_is_set_on_a_listening_socket_holds_for_what_it_accepts()
    {
        using Script script = new("timestamps=0,sack=0,window_scale=off");
        int listener = script.Listening();
        Assert.Equal(0, script.Table.SetOption(listener, Tcp, LinuxOption.MaximumSegment, Number(700)));
        Assert.Equal(0, script.Table.SetOption(listener, Tcp, LinuxOption.NoDelay, Number(1)));
        Assert.Equal(0, script.Table.SetOption(listener, Socket, LinuxOption.SendBuffer, Number(9000)));

        script.In("S 0:0(0) win 1000 <mss 1000>");
        script.Out("S. 0:0(0) ack 1 <mss 700>");
        script.In(". 1:1(0) ack 1 win 1000");
        int fd = script.Accept(listener);

        Assert.Equal(700, script.Option(fd, Tcp, LinuxOption.MaximumSegment));
        Assert.Equal(1, script.Option(fd, Tcp, LinuxOption.NoDelay));
        Assert.Equal(18_000, script.Option(fd, Socket, LinuxOption.SendBuffer));
    }

    private static string Congestion(Script script, int fd)
    {
        byte[] value = new byte[32];
        uint length = 32;
        Assert.Equal(0, script.Table.GetOption(fd, Tcp, LinuxOption.Congestion, value, ref length));
        Assert.Equal(16u, length);
        return System.Text.Encoding.ASCII.GetString(value).TrimEnd('\0');
    }
}
