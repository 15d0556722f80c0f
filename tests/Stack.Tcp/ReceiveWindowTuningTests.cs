using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class ReceiveWindowTuningTests
{
    private const int Segment = 1000;
    private static readonly TcpConnectionOptions _scaled = new() { Timestamps = false, SelectiveAcknowledgments = false };

    [Fact]
    [Trait("RFC", "7323 §2.3")]
    public void The_window_scale_offered_reaches_the_largest_buffer()
    {
        SentSegment syn = new Machine(new TcpConnectionOptions()).Open().Take();

        Assert.True(SegmentOptions.TryParse(syn.Options, out SegmentOptions options));
        Assert.Equal((true, (byte)8), (options.HasWindowScale, options.WindowScale));
        Assert.True(ushort.MaxValue << options.WindowScale >= new TcpConnectionOptions().MaximumReceiveBufferBytes);
        Assert.Equal(ushort.MaxValue, syn.Window);
    }

    [Fact]
    [Trait("RFC", "7323 §1.1")]
    public void The_buffer_becomes_twice_what_is_read_in_a_round_trip_and_more_while_the_rate_grows()
    {
        ReceiveWindowTuning tuning = default;
        Instant now = new(1);
        tuning.Start(65_536, Segment, Duration.FromMilliseconds(10), default, now);

        int rate = 10 * Segment;
        for (int i = 0; i < 6; i++)
        {
            rate *= 2;
            now += Duration.FromMilliseconds(10);
            tuning.Read(rate, Segment, 6_000_000, mayGrow: true, now);
            Assert.True(tuning.BufferBytes >= 4 * rate, $"{tuning.BufferBytes} for {rate}");
        }

        int before = tuning.BufferBytes;
        now += Duration.FromMilliseconds(10);
        tuning.Read(rate + Segment, Segment, 6_000_000, mayGrow: true, now);
        Assert.Equal(before, tuning.BufferBytes);
        now += Duration.FromMilliseconds(10);
        tuning.Read(10_000_000, Segment, 6_000_000, mayGrow: true, now);
        Assert.Equal(6_000_000, tuning.BufferBytes);
    }

    [Fact]
    [Trait("RFC", "7323 §1.1")]
    public void What_is_read_counts_for_each_round_trip_alone()
    {
        ReceiveWindowTuning tuning = default;
        Instant now = new(1);
        tuning.Start(65_536, Segment, Duration.FromMilliseconds(10), default, now);

        for (int i = 0; i < 1000; i++)
        {
            now += Duration.FromMilliseconds(1);
            tuning.Read(Segment, Segment, 6_000_000, mayGrow: true, now);
        }

        Assert.Equal(65_536, tuning.BufferBytes);
    }

    [Fact]
    [Trait("RFC", "7323 §1.1")]
    public void Nothing_grows_while_memory_is_short_and_later_it_catches_up()
    {
        ReceiveWindowTuning tuning = default;
        Instant now = new(1);
        tuning.Start(65_536, Segment, Duration.FromMilliseconds(10), default, now);

        now += Duration.FromMilliseconds(10);
        tuning.Read(500_000, Segment, 6_000_000, mayGrow: false, now);
        Assert.Equal(65_536, tuning.BufferBytes);
        now += Duration.FromMilliseconds(10);
        tuning.Read(500_000, Segment, 6_000_000, mayGrow: true, now);
        Assert.True(tuning.BufferBytes >= 1_000_000);
    }

    [Fact]
    public void The_round_trip_is_smoothed_from_echoes_and_the_least_of_what_a_window_took()
    {
        ReceiveWindowTuning tuning = default;
        SequenceNumber end = new(5000);
        tuning.Start(65_536, Segment, Duration.Zero, end, new Instant(0));
        tuning.Arrived(end - 1, end, new Instant(1_000));
        Assert.Equal(Duration.Zero, tuning.RoundTrip);
        tuning.Arrived(end, end + 5000, new Instant(2_000));
        Assert.Equal(2_000, tuning.RoundTrip.Nanoseconds);
        tuning.Arrived(end + 6000, end + 9000, new Instant(9_000));
        Assert.Equal(2_000, tuning.RoundTrip.Nanoseconds);
        tuning.Arrived(end + 9000, end + 9999, new Instant(9_500));
        Assert.Equal(500, tuning.RoundTrip.Nanoseconds);

        tuning.Echoed(new Duration(8_500));
        Assert.Equal(1_500, tuning.RoundTrip.Nanoseconds);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC", "7323 §1.1")]
    public void A_long_fat_path_is_filled_although_the_buffers_start_small(bool timestamps)
    {
        TwoHosts hosts = Pair(timestamps, out TcpConnection client, out TcpConnection server);
        Transfer transfer = new(client, server, 20_000_000);

        Run(hosts, transfer);

        Assert.True(server.ReceiveBufferBytes > 1_000_000, $"the receive buffer is {server.ReceiveBufferBytes}");
        Assert.True(client.SendBufferBytes > 1_000_000, $"the send buffer is {client.SendBufferBytes}");
        Assert.InRange(server.ReceiveBufferBytes, 0, 6 * 1024 * 1024);
        Assert.InRange(client.SendBufferBytes, 0, 4 * 1024 * 1024);

        // 100 ms a round trip: at the 128 KiB of the start it would have taken 15 s.
        Assert.True(hosts.Now.Milliseconds < 10_000, $"it took {hosts.Now}");
    }

    [Fact]
    [Trait("RFC", "7323 §1.1")]
    public void Buffers_that_the_owner_has_set_stay_as_they_are()
    {
        TwoHosts hosts = new(
            new FaultyLink(1) { Delay = Duration.FromMilliseconds(50) },
            new TcpOptions { Connection = new TcpConnectionOptions { SendBufferBytes = 100_000 } },
            new TcpOptions { Connection = new TcpConnectionOptions { ReceiveBufferBytes = 50_000 } });
        (TcpConnection client, TcpConnection server) = hosts.Connect();
        Transfer transfer = new(client, server, 2_000_000);

        Run(hosts, transfer);

        Assert.Equal((100_000, 50_000), (client.SendBufferBytes, server.ReceiveBufferBytes));
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void A_reader_that_does_not_read_gets_the_first_window_and_no_more()
    {
        Machine machine = new Machine(_scaled with { WindowScale = 0 }).Established([.. MachineStates.Mss(Segment), 1, 3, 3, 0]);
        int next = 1;
        SentSegment last;
        do
        {
            machine.Receive(Ack, next, 1, Segment);
            next += Segment;
            machine.PassMilliseconds(41);
            last = machine.Take();
        }
        while (last.Window >= Segment);

        Assert.InRange(next, 126_000, 131_072);
        Assert.Equal(131_072, machine.Connection.ReceiveBufferBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.2.2")]
    public void The_window_offered_follows_the_buffer()
    {
        Machine machine = new Machine(_scaled).Established([.. MachineStates.Mss(Segment), 1, 3, 3, 0]);
        int next = 1;
        int largest = 0;
        for (int round = 1; round <= 8; round++)
        {
            for (int i = 0; i < 8 * round; i++, next += Segment)
            {
                machine.Receive(Ack, next, 1, Segment);
                machine.Read();
                machine.Turn();
            }

            machine.PassMilliseconds(100);
            while (machine.Wire.FromHost.Count > 0)
            {
                largest = Math.Max(largest, machine.Take().Window << 8);
            }
        }

        Assert.True(largest > 100_000, $"the largest window was {largest}");
    }

    private static TwoHosts Pair(bool timestamps, out TcpConnection client, out TcpConnection server)
    {
        TcpOptions options = new() { Connection = new TcpConnectionOptions { Timestamps = timestamps } };
        TwoHosts hosts = new(new FaultyLink(1) { Delay = Duration.FromMilliseconds(50) }, options, options);
        (client, server) = hosts.Connect();
        return hosts;
    }

    private static void Run(TwoHosts hosts, Transfer transfer) => hosts.Until(() =>
    {
        transfer.Pump(hosts.Now);
        return transfer.IsFinished;
    });
}
