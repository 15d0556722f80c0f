using static NetStack.PacketScripts.Tests.Script;

namespace NetStack.PacketScripts.Tests;

/// <summary>Data both ways, and what becomes of it where packets are lost, late or too many.</summary>
public class DataScriptTests
{
    private const string Plain = "timestamps=0,sack=0,window_scale=off,cc=newreno";

    [Fact]
    [Trait("RFC", "6928 §2; 9293 §3.7.4")]
    public void The_first_flight_is_ten_segments_and_the_last_of_a_write_is_pushed()
    {
        using Script script = new(Plain);
        int fd = Opened(script, 100);
        Assert.Equal(12_500, script.Table.Write(fd, new byte[12_500]));
        Flight(script, 1, 10);
        script.SilentUntil(150);
        script.At(200);
        script.In(". 1:1(0) ack 2001 win 50000");
        script.Out(". 10001:11001(1000) ack 1");
        script.Out(". 11001:12001(1000) ack 1");
        script.Out("P. 12001:12501(500) ack 1");
    }

    [Fact]
    [Trait("RFC", "9293 §3.7.4")]
    public void A_small_segment_waits_for_the_one_before_unless_Nagle_is_off()
    {
        using Script script = new(Plain);
        int fd = Opened(script, 100);
        Assert.Equal(10, script.Table.Write(fd, new byte[10]));
        script.Out("P. 1:11(10) ack 1");
        Assert.Equal(10, script.Table.Write(fd, new byte[10]));
        Assert.Equal(10, script.Table.Write(fd, new byte[10]));
        script.SilentUntil(150);
        script.In(". 1:1(0) ack 11 win 50000");
        script.Out("P. 11:31(20) ack 1");
        Assert.Equal(0, script.Table.SetOption(fd, LinuxOption.LevelTcp, LinuxOption.NoDelay, Number(1)));
        Assert.Equal(10, script.Table.Write(fd, new byte[10]));
        script.Out("P. 31:41(10) ack 1");
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3; 5681 §4.2")]
    public void Two_full_segments_are_acknowledged_at_once()
    {
        using Script script = new(Plain);
        int fd = Opened(script, 100);
        uint next = 1;
        for (int i = 0; i < 20; i++)
        {
            script.In($". {next}:{next + 1000}(1000) ack 1 win 50000");
            script.In($". {next + 1000}:{next + 2000}(1000) ack 1 win 50000");
            next += 2000;
            while (script.OutAny() is { } line && line != $". 1:1(0) ack {next}")
            {
                Assert.Equal($". 1:1(0) ack {next - 1000}", line);
            }
        }

        Assert.Equal(40_000, script.Table.Receive(fd, new byte[50_000], 0));
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void A_lone_segment_of_a_conversation_is_acknowledged_after_the_delay()
    {
        using Script script = new(Plain + ",delayed_ack_ms=25");
        int fd = Opened(script, 100);
        for (int i = 0; i < 3; i++)
        {
            // Question and answer: acknowledgments ride on the answers.
            script.In($"P. {1 + 10 * i}:{11 + 10 * i}(10) ack {1 + 10 * i} win 50000");
            Assert.Equal(10, script.Table.Read(fd, new byte[10]));
            Assert.Equal(10, script.Table.Write(fd, new byte[10]));
            while (script.OutAny() is { } line && !line.StartsWith("P.", StringComparison.Ordinal))
            {
                Assert.StartsWith(". ", line, StringComparison.Ordinal);
            }
        }

        double now = script.Now;
        script.In("P. 31:41(10) ack 31 win 50000");
        script.OutAt(now + 25, ". 31:31(0) ack 41");
    }

    [Fact]
    [Trait("RFC", "5681 §4.2")]
    public void What_comes_out_of_order_is_acknowledged_at_once_both_times()
    {
        using Script script = new(Plain);
        int fd = Opened(script, 100);
        script.In(". 1001:2001(1000) ack 1 win 50000");
        script.Out(". 1:1(0) ack 1");
        script.In(". 2001:3001(1000) ack 1 win 50000");
        script.Out(". 1:1(0) ack 1");
        script.In(". 1:1001(1000) ack 1 win 50000");
        script.Out(". 1:1(0) ack 3001");
        byte[] data = new byte[4000];
        Assert.Equal(3000, script.Table.Read(fd, data));
        Assert.Equal(Segment.PayloadAt(3000), data[2999]);
    }

    [Fact]
    [Trait("RFC", "6298 §5; 5681 §3.1")]
    public void A_lost_segment_goes_out_again_after_the_time_out_and_twice_as_late_after_that()
    {
        using Script script = new(Plain);
        int fd = Opened(script, 100);
        script.At(200);
        Assert.Equal(1000, script.Table.Write(fd, new byte[1000]));
        script.Out("P. 1:1001(1000) ack 1");

        // RTT 100 ms, RTTVAR 50 ms: the first time-out would be 100 + 4 * 50, that of 200 ms at least.
        script.OutAt(500, "P. 1:1001(1000) ack 1");
        double first = script.Now;
        string? second = script.OutAny(out double secondAt);
        string? third = script.OutAny(out double thirdAt);
        Assert.Equal("P. 1:1001(1000) ack 1", second);
        Assert.Equal("P. 1:1001(1000) ack 1", third);
        Assert.True(secondAt - first >= 299, $"the second came after {secondAt - first} ms");
        Assert.InRange((thirdAt - secondAt) / (secondAt - first), 1.9, 2.1);
        script.In(". 1:1(0) ack 1001 win 50000");
        script.SilentUntil(thirdAt + 5_000);
    }

    [Fact]
    [Trait("RFC", "5681 §3.2")]
    public void Three_duplicate_acknowledgments_bring_the_lost_segment_back()
    {
        using Script script = new(Plain);
        int fd = Opened(script, 100);
        Assert.Equal(4000, script.Table.Write(fd, new byte[4000]));
        script.Out(". 1:1001(1000) ack 1");
        script.Out(". 1001:2001(1000) ack 1");
        script.Out(". 2001:3001(1000) ack 1");
        script.Out("P. 3001:4001(1000) ack 1");
        script.At(200);
        script.In(". 1:1(0) ack 1 win 50000");
        script.In(". 1:1(0) ack 1 win 50000");
        script.In(". 1:1(0) ack 1 win 50000");
        script.Out(". 1:1001(1000) ack 1");
        script.At(300);
        script.In(". 1:1(0) ack 4001 win 50000");
        script.SilentUntil(1_000);
    }

    [Fact]
    [Trait("RFC", "2018 §3; 8985 §6.2")]
    public void Selective_acknowledgments_bring_back_what_is_missing_alone()
    {
        using Script script = new("timestamps=0,window_scale=off,cc=newreno");
        int fd = Opened(script, 100, "mss 1000,sackOK,nop,nop", "mss 1460,nop,nop,sackOK");
        Assert.Equal(5000, script.Table.Write(fd, new byte[5000]));
        Flight(script, 1, 4);
        script.Out("P. 4001:5001(1000) ack 1");
        script.At(200);
        script.In(". 1:1(0) ack 1 win 50000 <nop,nop,sack 1001:2001>");
        script.In(". 1:1(0) ack 1 win 50000 <nop,nop,sack 1001:3001>");
        script.In(". 1:1(0) ack 1 win 50000 <nop,nop,sack 1001:5001>");
        script.Out(". 1:1001(1000) ack 1");
        script.At(300);
        script.In(". 1:1(0) ack 5001 win 50000");
        script.SilentUntil(1_000);
    }

    [Fact]
    [Trait("RFC", "2018 §4; 2883 §4")]
    public void What_was_received_behind_a_gap_is_told()
    {
        using Script script = new("timestamps=0,window_scale=off");
        Opened(script, 100, "mss 1000,sackOK,nop,nop", "mss 1460,nop,nop,sackOK");
        script.In(". 1001:2001(1000) ack 1 win 50000");
        script.Out(". 1:1(0) ack 1 <nop,nop,sack 1001:2001>");
        script.In(". 3001:4001(1000) ack 1 win 50000");
        script.Out(". 1:1(0) ack 1 <nop,nop,sack 3001:4001 1001:2001>");
        script.In(". 1001:2001(1000) ack 1 win 50000");
        script.Out(". 1:1(0) ack 1 <nop,nop,sack 1001:2001 1001:2001 3001:4001>");
        script.In(". 1:1001(1000) ack 1 win 50000");
        script.Out(". 1:1(0) ack 2001 <nop,nop,sack 3001:4001>");
        script.In(". 2001:3001(1000) ack 1 win 50000");
        script.Out(". 1:1(0) ack 4001");
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.1")]
    public void A_closed_window_is_probed_and_its_opening_lets_the_data_out()
    {
        using Script script = new(Plain);
        int fd = Opened(script, 100);
        Assert.Equal(1000, script.Table.Write(fd, new byte[1000]));
        script.Out("P. 1:1001(1000) ack 1");
        script.At(200);
        script.In(". 1:1(0) ack 1001 win 0");
        Assert.Equal(1000, script.Table.Write(fd, new byte[1000]));
        double[] times = new double[3];
        for (int i = 0; i < times.Length; i++)
        {
            Assert.NotNull(script.OutAny(out times[i]));
            script.In(". 1:1(0) ack 1001 win 0");
        }

        Assert.InRange(times[0] - 200, 199, 401);
        Assert.InRange((times[1] - times[0]) / (times[0] - 200), 1.9, 2.1);
        Assert.InRange((times[2] - times[1]) / (times[1] - times[0]), 1.9, 2.1);
        script.In(". 1:1(0) ack 1001 win 50000");
        script.Out("P. 1001:2001(1000) ack 1");
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.2.2")]
    public void A_window_that_was_closed_is_opened_when_the_data_is_read()
    {
        using Script script = new(Plain);
        int listener = script.Listening();
        Assert.Equal(0, script.Table.SetOption(listener, LinuxOption.LevelSocket, LinuxOption.ReceiveBuffer, Number(4000)));
        script.In("S 0:0(0) win 50000 <mss 1000>");
        script.Out("S. 0:0(0) ack 1 win 4000 <mss 1460>");
        script.In(". 1:1(0) ack 1 win 50000");
        int fd = script.Accept(listener);
        uint next = 1;
        string? line = null;
        while (next < 4000)
        {
            script.In($". {next}:{next + 1000}(1000) ack 1 win 50000");
            next += 1000;
            line = script.OutAny(out _, namesWindow: true) ?? line;
        }

        Assert.Equal($". 1:1(0) ack {next} win 0", line);
        Assert.Equal(4000, script.Table.Read(fd, new byte[4000]));
        script.Out($". 1:1(0) ack {next} win 4000");
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void Data_beyond_the_window_is_cut_and_data_before_it_is_acknowledged_again()
    {
        using Script script = new(Plain);
        int fd = Opened(script, 100);
        script.In("P. 1:101(100) ack 1 win 50000");
        script.Out(". 1:1(0) ack 101");
        script.In("P. 1:101(100) ack 1 win 50000");
        script.Out(". 1:1(0) ack 101");
        script.In("P. 51:151(100) ack 1 win 50000");
        script.Out(". 1:1(0) ack 151");
        script.In("P. 200000:200010(10) ack 1 win 50000");
        script.Out(". 1:1(0) ack 151");
        Assert.Equal(150, script.Table.Read(fd, new byte[200]));
    }

    [Fact]
    [Trait("RFC", "1191 §6.5")]
    public void A_path_that_takes_less_has_smaller_segments_sent_again()
    {
        using Script script = new(Plain);
        int fd = Opened(script, 100, "mss 1460");
        Assert.Equal(2920, script.Table.Write(fd, new byte[2920]));
        byte[] first = script.Table.WireReceive(out _, out _);
        script.Out("P. 1461:2921(1460) ack 1");

        script.Table.WireSend(Datagrams.Unreachable(4, 1040, first, IpAddressOfRouter, OurAddress));

        script.Out(". 1:1001(1000) ack 1");
        script.Out(". 1001:2001(1000) ack 1");
        script.Out("P. 2001:2921(920) ack 1");
        Assert.Equal(1000, script.Option(fd, LinuxOption.LevelTcp, LinuxOption.MaximumSegment));
    }

    private static NetStack.IP.IpAddress IpAddressOfRouter { get; } = NetStack.IP.IpAddress.Parse("10.1.1.1");

    /// <summary>A connection whose handshake took a time that is the first round trip.</summary>
    private static int Opened(Script script, int roundTripMilliseconds, string options = "mss 1000", string answer = "mss 1460")
    {
        int listener = script.Listening();
        script.In($"S 0:0(0) win 50000 <{options}>");
        script.Out($"S. 0:0(0) ack 1 <{answer}>");
        script.At(roundTripMilliseconds);
        script.In(". 1:1(0) ack 1 win 50000");
        return script.Accept(listener);
    }

    private static void Flight(Script script, int start, int segments)
    {
        for (int i = 0; i < segments; i++)
        {
            script.Out($". {start + 1000 * i}:{start + 1000 * (i + 1)}(1000) ack 1");
        }
    }
}
