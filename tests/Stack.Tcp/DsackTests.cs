using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class DsackTests
{
    private readonly Machine _machine = SackTests.Permitted();

    [Fact]
    [Trait("RFC", "2883 §4.1.1")]
    public void A_segment_received_before_is_told_once()
    {
        _machine.Receive(Ack, 1, 1, 100);
        _machine.Expect(Ack, 1, 101);

        _machine.Receive(Ack, 1, 1, 100);

        Assert.Equal("1-101", SackTests.Blocks(_machine.Expect(Ack, 1, 101)));
        _machine.Receive(Ack, 101, 1, 100);
        Assert.Equal("", SackTests.Blocks(_machine.Expect(Ack, 1, 201)));
    }

    [Fact]
    [Trait("RFC", "2883 §4.1.2")]
    public void The_duplicate_comes_before_what_is_held()
    {
        _machine.Receive(Ack, 1, 1, 100);
        _machine.Receive(Ack, 301, 1, 100);
        _machine.Expect(Ack, 1, 101);
        _machine.Expect(Ack, 1, 101);

        _machine.Receive(Ack, 51, 1, 50);

        Assert.Equal("51-101 301-401", SackTests.Blocks(_machine.Expect(Ack, 1, 101)));
        _machine.Receive(Ack, 501, 1, 100);
        Assert.Equal("501-601 301-401", SackTests.Blocks(_machine.Expect(Ack, 1, 101)));
    }

    [Fact]
    [Trait("RFC", "2883 §4.1.3")]
    public void A_duplicate_of_what_is_held_is_followed_by_the_range_that_holds_it()
    {
        _machine.Receive(Ack, 301, 1, 100);
        _machine.Receive(Ack, 401, 1, 100);
        _machine.Receive(Ack, 601, 1, 100);
        for (int i = 0; i < 3; i++)
        {
            _machine.Take();
        }

        _machine.Receive(Ack, 401, 1, 100);

        Assert.Equal("401-501 301-501 601-701", SackTests.Blocks(_machine.Expect(Ack, 1, 1)));
    }

    [Fact]
    [Trait("RFC", "2883 §4.2.1")]
    public void The_part_that_was_acknowledged_before_is_told()
    {
        _machine.Receive(Ack, 1, 1, 100);
        _machine.Expect(Ack, 1, 101);

        _machine.Receive(Ack, 51, 1, 100);

        Assert.Equal("51-101", SackTests.Blocks(_machine.Expect(Ack, 1, 151)));
    }

    [Fact]
    [Trait("RFC", "2883 §4.2.2")]
    public void The_part_that_is_held_behind_the_gap_is_told()
    {
        _machine.Receive(Ack, 301, 1, 100);
        _machine.Expect(Ack, 1, 1);

        _machine.Receive(Ack, 351, 1, 100);

        Assert.Equal("351-401 301-451", SackTests.Blocks(_machine.Expect(Ack, 1, 1)));
    }

    [Fact]
    [Trait("RFC", "2883 §4.2.3")]
    public void Of_two_parts_that_are_held_the_first_is_told()
    {
        _machine.Receive(Ack, 201, 1, 100);
        _machine.Receive(Ack, 401, 1, 100);
        _machine.Take();
        _machine.Take();

        _machine.Receive(Ack, 101, 1, 450);

        Assert.Equal("201-301 101-551", SackTests.Blocks(_machine.Expect(Ack, 1, 1)));
    }

    [Fact]
    [Trait("RFC", "2883 §4.2")]
    public void What_fills_the_gap_and_reaches_beyond_it_tells_the_part_beyond()
    {
        _machine.Receive(Ack, 101, 1, 100);
        _machine.Expect(Ack, 1, 1);

        _machine.Receive(Ack, 1, 1, 150);

        Assert.Equal("101-151", SackTests.Blocks(_machine.Expect(Ack, 1, 201)));
    }

    [Fact]
    [Trait("RFC", "2883 §4")]
    public void Two_duplicates_of_a_burst_are_told_each_in_its_own_acknowledgment()
    {
        _machine.Receive(Ack, 1, 1, 100);
        _machine.Receive(Ack, 101, 1, 100);
        _machine.Take();
        _machine.Take();

        // Their windows differ: they are not put together before TCP sees them.
        _machine.Inject(Ack, 1, 1, 100);
        _machine.Inject(Ack, 101, 1, 100, window: PeerWindow - 1);
        _machine.Turn();

        Assert.Equal("1-101", SackTests.Blocks(_machine.Expect(Ack, 1, 201)));
        Assert.Equal("101-201", SackTests.Blocks(_machine.Expect(Ack, 1, 201)));
        _machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "2883 §4")]
    public void A_keep_alive_without_payload_is_no_duplicate()
    {
        _machine.Receive(Ack, 1, 1, 100);
        _machine.Take();

        _machine.Receive(Ack, 100, 1);

        Assert.Empty(_machine.Expect(Ack, 1, 101).Options);
    }

    [Fact]
    [Trait("RFC", "2883 §4")]
    public void A_duplicate_is_not_told_to_a_peer_that_does_not_permit_it()
    {
        Machine machine = new Machine().Established();
        machine.Receive(Ack, 1, 1, 100);
        machine.Take();

        machine.Receive(Ack, 1, 1, 100);

        Assert.Empty(machine.Expect(Ack, 1, 101).Options);
    }
}
