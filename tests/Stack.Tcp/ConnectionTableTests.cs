using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp.Tests;

public class ConnectionTableTests
{
    private static readonly TcpDemultiplexer _tcp = new(new IpHost(new PacketPool(64), new TimerWheel(), new SeededEntropy(1)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_table_finds_what_was_added_and_not_removed(ulong seed)
    {
        SeededEntropy entropy = new(seed);
        ConnectionTable table = new(entropy.NextKey());
        Dictionary<FlowEnds, ControlBlock> model = [];
        for (int step = 0; step < 50_000; step++)
        {
            // Few ports, so that they come again; more are added than removed, until it turns.
            FlowEnds ends = MakeEnds(entropy.Next(4_000));
            bool removes = entropy.Next(100) < (step < 25_000 ? 30 : 70);
            ControlBlock? found = table.Find(ends.Destination, ends.Source);
            Assert.Same(model.GetValueOrDefault(ends), found);
            if (found is null && !removes)
            {
                model.Add(ends, MakeBlock(ends));
                table.Add(model[ends]);
            }
            else if (found is not null && removes)
            {
                table.Remove(found);
                model.Remove(ends);
            }

            Assert.Equal(model.Count, table.Count);
        }

        Assert.All(model, pair => Assert.Same(pair.Value, table.Find(pair.Key.Destination, pair.Key.Source)));
        Assert.All(model.Values, table.Remove);
        Assert.All(model.Keys, ends => Assert.Null(table.Find(ends.Destination, ends.Source)));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void A_look_ahead_of_anything_changes_nothing()
    {
        SeededEntropy entropy = new(4);
        ConnectionTable table = new(entropy.NextKey());
        for (int number = 0; number < 100; number++)
        {
            table.Add(MakeBlock(MakeEnds(number)));
        }

        for (int number = 0; number < 1_000; number++)
        {
            FlowEnds ends = MakeEnds(number);
            uint hash = table.HashOf(ends.Destination, ends.Source);
            table.ExpectSlot(hash);
            table.ExpectBlock(hash);
            Assert.Equal(number < 100, table.Find(ends.Destination, ends.Source) is not null);
        }
    }

    private static FlowEnds MakeEnds(int number) => new(
        new IpEndPoint(new IpAddress(0x0A00_0002 + (uint)(number % 7)), (ushort)(1_000 + number / 7)),
        new IpEndPoint(new IpAddress(0x0A00_0001), 80));

    private static TimeWaitBlock MakeBlock(in FlowEnds ends) => new(_tcp, ends.Destination, ends.Source)
    {
        SendNext = default,
        ReceiveNext = default,
        ReceiveWindow = 0,
        ReceiveScale = 0,
        UsesTimestamps = false,
        TimestampOffset = 0,
        TimestampRecent = 0,
        TrafficClass = 0,
    };
}
