using NetStack.IP;
using static NetStack.PacketScripts.Tests.Script;

namespace NetStack.PacketScripts.Tests;

/// <summary>Connections from their first segment to their last, each at its time.</summary>
public class ConnectionScriptTests
{
    private const string Plain = "timestamps=0,sack=0,window_scale=off,cc=newreno";

    [Theory]
    [InlineData("timestamps=1,sack=1", "mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 8")]
    [InlineData("timestamps=0,sack=1", "mss 1460,nop,nop,sackOK,nop,wscale 8")]
    [InlineData("timestamps=1,sack=0", "mss 1460,nop,nop,TS val 100 ecr 0,nop,wscale 8")]
    [InlineData("timestamps=0,sack=0,window_scale=3", "mss 1460,nop,wscale 3")]
    [InlineData("timestamps=0,sack=0,window_scale=off,mtu=576", "mss 536")]
    [Trait("RFC", "9293 §3.5; 7323 §1.3")]
    public void A_SYN_offers_what_the_flags_say(string flags, string options)
    {
        using Script script = new(flags);
        int fd = script.Table.Socket(Inet, Script.Stream | LinuxRequest.NonBlockingFlag, 0);
        script.Fails(LinuxError.InProgress, script.Table.Connect(fd, Address(PeerAddress, PeerPort)));

        script.Out($"S 0:0(0) <{options}>");
    }

    [Theory]
    [InlineData("mss 1000,sackOK,TS val 7 ecr 0,nop,wscale 7", "mss 1460,sackOK,TS val 100 ecr 7,nop,wscale 8")]
    [InlineData("mss 1000,nop,wscale 7", "mss 1460,nop,wscale 8")]
    [InlineData("mss 1000,sackOK,nop,nop", "mss 1460,nop,nop,sackOK")]
    [InlineData("mss 1000", "mss 1460")]
    [Trait("RFC", "7323 §2.2, §3.2; 2018 §2")]
    public void A_SYN_ACK_answers_with_what_was_offered(string offered, string answered)
    {
        using Script script = new();
        script.Listening();

        script.In($"S 0:0(0) win 1000 <{offered}>");

        script.Out($"S. 0:0(0) ack 1 <{answered}>");
    }

    [Fact]
    [Trait("RFC", "6298 §5.5; 9293 §3.8.3")]
    public void A_SYN_that_nobody_answers_goes_out_again_twice_as_late_each_time()
    {
        using Script script = new(Plain);
        int fd = script.Table.Socket(Inet, Script.Stream | LinuxRequest.NonBlockingFlag, 0);
        script.At(10);
        script.Fails(LinuxError.InProgress, script.Table.Connect(fd, Address(PeerAddress, PeerPort)));
        foreach (double at in new[] { 10.0, 1_010, 3_010, 7_010, 15_010, 31_010, 63_010 })
        {
            script.OutAt(at, "S 0:0(0) <mss 1460>");
        }
    }

    [Fact]
    [Trait("RFC", "6298 §5.5")]
    public void A_SYN_ACK_that_nobody_answers_goes_out_again_twice_as_late_each_time()
    {
        using Script script = new(Plain + ",rto_initial_ms=500");
        script.Listening();
        script.In("S 0:0(0) win 1000 <mss 1000>");
        foreach (double at in new[] { 0.0, 500, 1_500, 3_500, 7_500, 15_500 })
        {
            script.OutAt(at, "S. 0:0(0) ack 1 <mss 1460>");
        }

        script.SilentUntil(60_000);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.1")]
    public void A_closed_port_answers_with_a_reset()
    {
        using Script script = new(Plain);

        script.In("S 0:10(10) win 1000 <mss 1000>");
        script.Out("R. 0:0(0) ack 11");
        script.In(". 5:15(10) ack 77 win 1000");
        script.Out("R 77:77(0)");
        script.In("R 5:5(0) win 1000");
        script.SilentUntil(100);
    }

    [Fact]
    [Trait("RFC", "9293 §3.6, figure 12")]
    public void A_close_of_ours_is_answered_by_one_of_the_peer_and_the_end_is_remembered()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        script.At(100);
        Assert.Equal(0, script.Table.Close(fd));
        script.Out("F. 1:1(0) ack 1");
        script.At(200);
        script.In(". 1:1(0) ack 2 win 50000");
        script.At(300);
        script.In("F. 1:1(0) ack 2 win 50000");
        script.Out(". 2:2(0) ack 2");

        script.At(5_000);
        script.In("F. 1:1(0) ack 2 win 50000");
        script.Out(". 2:2(0) ack 2");
        script.At(66_000);
        script.In("F. 1:1(0) ack 2 win 50000");
        script.Out("R 2:2(0)");
    }

    [Fact]
    [Trait("RFC", "9293 §3.6, figure 13")]
    public void Two_closes_that_cross_end_in_good_order()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.Close(fd));
        script.Out("F. 1:1(0) ack 1");
        script.In("F. 1:1(0) ack 1 win 50000");
        script.Out(". 2:2(0) ack 2");
        script.In(". 2:2(0) ack 2 win 50000");

        script.SilentUntil(1_000);
    }

    [Fact]
    [Trait("RFC", "9293 §3.6")]
    public void After_the_peers_close_data_still_goes_out()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        script.In("F. 1:1(0) ack 1 win 50000");
        script.Out(". 1:1(0) ack 2");
        Assert.Equal(0, script.Table.Read(fd, new byte[1]));
        Assert.Equal(1500, script.Table.Write(fd, new byte[1500]));
        script.Out(". 1:1001(1000) ack 2");
        script.Out("P. 1001:1501(500) ack 2");
        Assert.Equal(0, script.Table.Close(fd));
        script.Out("F. 1501:1501(0) ack 2");
        script.In(". 2:2(0) ack 1502 win 50000");

        script.In(". 2:2(0) ack 1502 win 50000");
        script.Out("R 1502:1502(0)");
    }

    [Fact]
    [Trait("RFC", "1122 §4.2.2.13; 2525 §2.17")]
    public void A_close_that_leaves_data_unread_resets()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        script.In("P. 1:101(100) ack 1 win 50000");
        script.Out(". 1:1(0) ack 101");

        Assert.Equal(0, script.Table.Close(fd));

        script.Out("R. 1:1(0) ack 101");
    }

    [Fact]
    public void A_close_with_a_linger_time_of_zero_resets()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.Linger, [1, 0, 0, 0, 0, 0, 0, 0]));

        Assert.Equal(0, script.Table.Close(fd));

        script.Out("R. 1:1(0) ack 1");
    }

    [Fact]
    [Trait("RFC", "9293 §3.6.1; 1122 §4.2.2.13")]
    public void Data_for_a_closed_socket_is_answered_with_a_reset()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.Close(fd));
        script.Out("F. 1:1(0) ack 1");

        script.In("P. 1:101(100) ack 2 win 50000");

        script.Out("R. 2:2(0) ack 1");
    }

    [Fact]
    public void A_shutdown_of_writing_leaves_reading()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.Shutdown(fd, 1));
        script.Out("F. 1:1(0) ack 1");
        script.Fails(LinuxError.BrokenPipe, script.Table.Write(fd, new byte[1]));
        script.In("P. 1:101(100) ack 2 win 50000");
        script.Out(". 2:2(0) ack 101");
        Assert.Equal(100, script.Table.Read(fd, new byte[200]));
        script.In("F. 101:101(0) ack 2 win 50000");
        script.Out(". 2:2(0) ack 102");
        Assert.Equal(0, script.Table.Read(fd, new byte[1]));
    }

    [Fact]
    public void A_shutdown_of_reading_is_the_sockets_alone()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.Shutdown(fd, 0));
        Assert.Equal(0, script.Table.Read(fd, new byte[1]));
        script.In("P. 1:101(100) ack 1 win 50000");
        script.Out(". 1:1(0) ack 101");
        Assert.Equal(100, script.Table.Read(fd, new byte[200]));
        Assert.Equal(5, script.Table.Write(fd, new byte[5]));
        script.Out("P. 1:6(5) ack 101");
    }

    [Fact]
    public void A_shutdown_of_both_resets_what_still_comes()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.Shutdown(fd, 2));
        script.Out("F. 1:1(0) ack 1");
        Assert.Equal(0, script.Table.Read(fd, new byte[1]));

        script.In("P. 1:101(100) ack 2 win 50000");

        script.Out("R. 2:2(0) ack 1");
    }

    [Fact]
    [Trait("RFC", "5961 §3.2, §4.2")]
    public void Blind_resets_and_SYNs_are_challenged_and_the_exact_reset_is_believed()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();

        script.In("R 2:2(0) win 0");
        script.Out(". 1:1(0) ack 1");
        script.In("S 500:500(0) win 1000 <mss 1000>");
        script.Out(". 1:1(0) ack 1");
        script.In("R 400000:400000(0) win 0");
        script.SilentUntil(10);
        script.In("R 1:1(0) win 0");
        script.Fails(LinuxError.ConnectionReset, script.Table.Read(fd, new byte[1]));
    }

    [Fact]
    [Trait("RFC", "7323 §5.3")]
    public void An_old_timestamp_is_answered_and_its_data_refused()
    {
        using Script script = new("sack=0,window_scale=off");
        int fd = script.Accepted("mss 1000,nop,nop,TS val 1000 ecr 0", "mss 1460,nop,nop,TS val 100 ecr 1000", timestamps: "nop,nop,TS val 1000 ecr 100");

        script.In("P. 1:11(10) ack 1 win 50000 <nop,nop,TS val 999 ecr 100>");
        script.Out(". 1:1(0) ack 1 <nop,nop,TS val 100 ecr 1000>");
        script.In("P. 1:11(10) ack 1 win 50000 <nop,nop,TS val 1001 ecr 100>");
        script.Out(". 1:1(0) ack 11 <nop,nop,TS val 100 ecr 1001>");
        Assert.Equal(10, script.Table.Read(fd, new byte[20]));
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.4")]
    public void An_idle_connection_is_probed_and_given_up()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        foreach ((int option, int value) in new[] { (LinuxOption.KeepIdle, 5), (LinuxOption.KeepInterval, 2), (LinuxOption.KeepCount, 3) })
        {
            Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelTcp, option, Number(value)));
        }

        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelSocket, LinuxOption.KeepAlive, Number(1)));
        script.OutAt(5_000, ". 0:0(0) ack 1");
        script.In(". 1:1(0) ack 1 win 50000");
        script.OutAt(10_000, ". 0:0(0) ack 1");
        script.OutAt(12_000, ". 0:0(0) ack 1");
        script.OutAt(14_000, ". 0:0(0) ack 1");
        script.OutAt(16_000, "R. 1:1(0) ack 1");
        script.Fails(LinuxError.TimedOut, script.Table.Read(fd, new byte[1]));
    }

    [Fact]
    [Trait("RFC", "5482; 9293 §3.8.3")]
    public void Unanswered_data_ends_a_connection_after_the_users_time()
    {
        using Script script = new(Plain);
        int fd = script.Accepted();
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelTcp, LinuxOption.UserTimeout, Number(1_500)));
        script.At(100);
        Assert.Equal(10, script.Table.Write(fd, new byte[10]));

        script.At(1_500);
        Assert.Equal(0, script.Option(fd, LinuxOption.LevelSocket, LinuxOption.Error));
        script.At(1_700);
        script.Fails(LinuxError.TimedOut, script.Table.Read(fd, new byte[1]));
    }
}
