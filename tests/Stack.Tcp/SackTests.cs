using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class SackTests
{
    private static readonly TcpConnectionOptions _sack = Plain with { SelectiveAcknowledgments = true };

    [Fact]
    [Trait("RFC", "2018 §2")]
    public void SACK_permitted_is_offered_on_a_SYN()
    {
        Machine machine = new Machine(_sack).Open();

        Assert.Equal([2, 4, 1460 >> 8, 1460 & 255, 1, 1, 4, 2], machine.Take().Options);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [Trait("RFC", "2018 §2")]
    public void A_SYN_ACK_permits_SACK_where_both_sides_want_it(bool isOffered, bool isWanted)
    {
        Machine machine = new Machine(_sack with { SelectiveAcknowledgments = isWanted }).Listen();

        machine.Receive(Syn, 0, 0, options: isOffered ? [.. MachineStates.Mss(1000), 1, 1, 4, 2] : MachineStates.Mss(1000));

        byte[] options = machine.Take().Options;
        Assert.Equal(isOffered && isWanted ? [1, 1, 4, 2] : [], options[4..]);
    }

    /// <summary>A connection with a peer that permits SACK.</summary>
    internal static Machine Permitted(TcpConnectionOptions? options = null, TcpOptions? tcp = null) =>
        new Machine(options ?? _sack, tcp).Established([.. MachineStates.Mss(1000), 1, 1, 4, 2]);

    /// <summary>The blocks of an acknowledgment, as it tells them: each from–to.</summary>
    internal static string Blocks(SentSegment sent)
    {
        Assert.True(SegmentOptions.TryParse(sent.Options, out SegmentOptions options));
        return string.Join(' ', Enumerable.Range(0, options.Sack.Count)
            .Select(i => options.Sack[i])
            .Select(block => $"{block.Start.Value - PeerInitialSequence}-{block.End.Value - PeerInitialSequence}"));
    }

    [Fact]
    [Trait("RFC", "2018 §3")]
    public void The_option_is_padded_in_front_to_whole_words()
    {
        Machine machine = Permitted();

        machine.Receive(Ack, 101, 1, 100);

        byte[] options = machine.Expect(Ack, 1, 1).Options;
        Assert.Equal([1, 1, 5, 10], options[..4]);
        Assert.Equal(12, options.Length);
    }

    [Fact]
    [Trait("RFC", "2018 §3, 7323 §3")]
    public void The_option_stands_behind_the_timestamps()
    {
        Machine machine = new Machine(_sack with { Timestamps = true })
            .Established([.. MachineStates.Mss(1000), 4, 2, .. OptionTests.Timestamps(1, 0)[2..]]);

        machine.Receive(Ack, 101, 1, 100, options: OptionTests.Timestamps(2, 0));

        byte[] options = machine.Expect(Ack, 1, 1).Options;
        Assert.Equal([1, 1, 8, 10], options[..4]);
        Assert.Equal([1, 1, 5, 10], options[12..16]);
    }

    [Fact]
    [Trait("RFC", "2018 §4")]
    public void No_blocks_are_sent_to_a_peer_that_does_not_permit_them()
    {
        Machine machine = new Machine(_sack).Established();

        machine.Receive(Ack, 101, 1, 100);

        Assert.Empty(machine.Expect(Ack, 1, 1).Options);
    }

    [Theory]
    [InlineData("101-201", "101-201")]
    [InlineData("101-201 301-401", "101-201 / 301-401 101-201")]
    [InlineData("101-201 301-401 201-251", "101-201 / 301-401 101-201 / 101-251 301-401")]
    [InlineData("101-201 301-401 201-301", "101-201 / 301-401 101-201 / 101-401")]
    [InlineData("301-401 101-201", "301-401 / 101-201 301-401")]
    [InlineData(
        "101-201 301-401 501-601 701-801 901-1001",
        "101-201 / 301-401 101-201 / 501-601 301-401 101-201 / 701-801 501-601 301-401 101-201 / 901-1001 701-801 501-601 301-401")]
    [InlineData("301-401 501-601 1-101", "301-401 / 501-601 301-401 / 501-601 301-401")]
    [InlineData("201-301 401-501 1-201", "201-301 / 401-501 201-301 / 401-501")]
    [Trait("RFC", "2018 §4")]
    public void The_first_block_holds_what_came_last_and_the_others_repeat_what_was_told(string arrived, string told)
    {
        Machine machine = Permitted();
        List<string> acknowledgments = [];

        foreach (string segment in arrived.Split(' '))
        {
            int[] ends = [.. segment.Split('-').Select(int.Parse)];
            machine.Receive(Ack, ends[0], 1, ends[1] - ends[0]);
            acknowledgments.Add(Blocks(machine.Take()));
        }

        Assert.Equal(told, string.Join(" / ", acknowledgments));
    }

    [Fact]
    [Trait("RFC", "2018 §3")]
    public void Beside_timestamps_there_is_room_for_three_blocks()
    {
        Machine machine = new Machine(_sack with { Timestamps = true })
            .Established([.. MachineStates.Mss(1000), 4, 2, .. OptionTests.Timestamps(1, 0)[2..]]);

        for (int start = 101; start <= 701; start += 200)
        {
            machine.Receive(Ack, start, 1, 100, options: OptionTests.Timestamps(2, 0));
        }

        for (int i = 0; i < 3; i++)
        {
            machine.Take();
        }

        Assert.Equal("701-801 501-601 301-401", Blocks(machine.Take()));
    }

    [Fact]
    [Trait("RFC", "2018 §4")]
    public void A_range_that_fell_out_of_the_option_comes_back_when_there_is_room()
    {
        Machine machine = Permitted();
        for (int start = 101; start <= 901; start += 200)
        {
            machine.Receive(Ack, start, 1, 100);
            machine.Take();
        }

        machine.Receive(Ack, 801, 1, 100);

        Assert.Equal("701-1001 501-601 301-401 101-201", Blocks(machine.Take()));
    }

    [Fact]
    [Trait("RFC", "2018 §4")]
    public void Every_acknowledgment_tells_of_what_is_held_also_one_on_data()
    {
        Machine machine = Permitted();
        machine.Receive(Ack, 101, 1, 100);
        machine.Take();

        machine.Send(10);

        Assert.Equal("101-201", Blocks(machine.Expect(Ack | Psh, 1, 1, 10)));
    }

    [Fact]
    [Trait("RFC", "6691 §3")]
    public void Segments_are_shorter_by_the_blocks_they_carry()
    {
        Machine machine = Permitted();
        machine.Receive(Ack, 101, 1, 100);
        machine.Take();

        machine.Send(2000);

        machine.Expect(Ack, 1, 1, 988);
        machine.Expect(Ack, 989, 1, 988);
        machine.Expect(Ack | Psh, 1977, 1, 24);
        machine.Receive(Ack, 1, 2001, 100);
        machine.Expect(Ack, 2001, 201);
        machine.Send(1000);
        machine.Expect(Ack | Psh, 2001, 201, 1000);
    }

    [Fact]
    [Trait("RFC", "5681 §4.2, 2018 §4")]
    public void A_burst_behind_a_gap_is_told_in_one_acknowledgment_while_its_ranges_fit()
    {
        Machine machine = Permitted();

        for (int start = 101; start <= 1101; start += 200)
        {
            machine.Inject(Ack, start, 1, 100);
            machine.Inject(Ack, start + 100, 1, 50);
        }

        machine.Turn();

        Assert.Equal("701-851 501-651 301-451 101-251", Blocks(machine.Expect(Ack, 1, 1)));
        Assert.Equal("1101-1251 901-1051 701-851 501-651", Blocks(machine.Expect(Ack, 1, 1)));
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "5681 §4.2")]
    public void Without_SACK_each_segment_of_a_burst_behind_a_gap_is_acknowledged()
    {
        Machine machine = new Machine().Established();

        for (int i = 0; i < 5; i++)
        {
            machine.Inject(Ack, 101 + (i * 100), 1, 100);
        }

        machine.Turn();

        for (int i = 0; i < 5; i++)
        {
            machine.Expect(Ack, 1, 1);
        }

        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "2018 §8")]
    public void What_has_waited_behind_a_gap_for_too_long_is_given_back_and_told_no_more()
    {
        Machine machine = Permitted();
        machine.Receive(Ack, 101, 1, 100);
        machine.PassMilliseconds(40_000);
        machine.Receive(Ack, 301, 1, 100);
        machine.Take();
        Assert.Equal("301-401 101-201", Blocks(machine.Take()));

        machine.PassMilliseconds(20_010);

        Assert.Equal(1, machine.Host.Counters[Counter.TcpReassemblyDiscards]);
        Assert.Equal(1, machine.Pool.OutstandingBlocks);
        machine.Receive(Ack, 501, 1, 100);
        Assert.Equal("501-601 301-401", Blocks(machine.Expect(Ack, 1, 1)));
        machine.Receive(Ack, 1, 1, 300);
        Assert.Equal("501-601", Blocks(machine.Expect(Ack, 1, 401)));
    }

    [Fact]
    [Trait("RFC", "2018 §8")]
    public void Progress_before_the_limit_keeps_what_waits_behind_the_next_gap_no_longer()
    {
        Machine machine = Permitted(tcp: new TcpOptions { ReassemblyTimeout = Duration.FromSeconds(10) });
        machine.Receive(Ack, 101, 1, 100);
        machine.Receive(Ack, 301, 1, 100);
        machine.PassMilliseconds(9_000);
        machine.Receive(Ack, 1, 1, 100);

        machine.PassMilliseconds(2_000);

        Assert.Equal(200, machine.Read().Length);
        Assert.Equal(0, machine.Pool.OutstandingBlocks);
    }
}
