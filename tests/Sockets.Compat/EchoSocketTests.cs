using System.Net;
using NetStack.IP;

namespace NetStack.Sockets.Tests;

[Trait("RFC", "792")]
public class EchoSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(0)]
    [InlineData(56)]
    [InlineData(1472)]
    public async Task A_reply_brings_the_data_back(int bytes)
    {
        TwoStacks stacks = new();
        await using (stacks)
        {
            EchoReply reply = await stacks.Left.PingAsync(TwoStacks.RightAddress, bytes, Patience);

            Assert.Equal(EchoStatus.Replied, reply.Status);
            Assert.Equal(TwoStacks.RightAddress, reply.Source);
            Assert.Equal(bytes, reply.PayloadBytes);
            Assert.True(reply.IsDataIntact);
            Assert.True(reply.RoundTrip > TimeSpan.Zero);
        }

        stacks.AssertNothingOutstanding();
    }

    [Fact]
    public async Task Many_requests_at_once_each_have_their_own_reply_and_arrive_in_order()
    {
        await using TwoStacks stacks = new();
        await using EchoSocket socket = await stacks.Left.OpenEchoAsync();

        // The first also finds the neighbour.
        await socket.PingAsync(TwoStacks.RightAddress, 8, Patience);
        EchoReply[] replies = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => socket.PingAsync(TwoStacks.RightAddress, 100, Patience)));

        Assert.All(replies, reply => Assert.Equal(EchoStatus.Replied, reply.Status));
        Assert.Equal(Enumerable.Range(2, 50), replies.Select(reply => (int)reply.Sequence).Order());
        List<int> arrivals = [];
        while (socket.Arrivals.TryRead(out EchoReply arrival))
        {
            arrivals.Add(arrival.Sequence);
        }

        Assert.Equal(Enumerable.Range(1, 51), arrivals);
    }

    [Fact]
    public async Task A_host_that_is_not_there_is_reported_by_our_own()
    {
        await using TwoStacks stacks = new();

        EchoReply reply = await stacks.Left.PingAsync(IPAddress.Parse("10.0.0.77"), timeout: Patience);

        Assert.Equal(EchoStatus.Refused, reply.Status);
        Assert.Equal(IcmpErrorKind.HostUnreachable, reply.Error);
        Assert.Equal(TwoStacks.LeftAddress, reply.Source);
    }

    [Fact]
    public async Task Without_a_route_nothing_is_sent()
    {
        await using TwoStacks stacks = new();

        EchoReply reply = await stacks.Left.PingAsync(IPAddress.Parse("192.0.2.1"));

        Assert.Equal(EchoStatus.NoRoute, reply.Status);
        Assert.Null(reply.Source);
    }

    [Fact]
    public async Task A_reply_that_does_not_come_in_time_is_a_time_out()
    {
        await using TwoStacks stacks = new();

        EchoReply reply = await stacks.Left.PingAsync(IPAddress.Parse("10.0.0.77"), timeout: TimeSpan.FromMilliseconds(1));

        Assert.Equal(EchoStatus.TimedOut, reply.Status);
    }

    [Fact]
    public async Task Whoever_waits_may_give_up_and_the_end_of_the_stack_ends_the_wait()
    {
        TwoStacks stacks = new();
        IPAddress nobody = IPAddress.Parse("10.0.0.77");
        using CancellationTokenSource impatient = new(TimeSpan.FromMilliseconds(1));
        Task<EchoReply> left = stacks.Left.PingAsync(nobody, timeout: Patience);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stacks.Left.PingAsync(nobody, 8, Patience, impatient.Token));
        await stacks.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => left);
    }
}
