using System.IO.Pipelines;
using System.Net;
using NetStack.Core;
using NetStack.Sockets;

namespace NetStack.Drivers.XenNetfront.Tests;

public class TwoNetfrontStacksTests
{
    private const int Bytes = 3_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1, true, true)]
    [InlineData(1, false, false)]
    [InlineData(4, true, false)]
    [InlineData(4, false, true)]
    public async Task Bytes_pass_both_ways_between_two_stacks(int queues, bool segments, bool stages)
    {
        TwoNetfrontStacks stacks = new(new NetfrontOptions
        {
            Queues = queues, SegmentationV4 = segments, SegmentationV6 = segments, StagingGrants = stages,
        });
        await using (stacks)
        {
            await using NetworkListener listener = await stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0));
            (NetworkConnection Client, NetworkConnection Server)[] pairs = new (NetworkConnection, NetworkConnection)[queues];
            for (int i = 0; i < queues; i++)
            {
                pairs[i] = await ConnectAsync(stacks, listener);
            }

            await Task.WhenAll(pairs.Select((pair, number) => ExchangeAsync(pair.Client, pair.Server, number))).WaitAsync(Patience);
            Assert.Equal(queues, stacks.LeftTwin.QueueCount);
            Assert.Equal(segments, stacks.LeftTwin.Counters.SuperFramesFromGuest > 0);
            Assert.Equal(segments, stacks.LeftTwin.Counters.SuperFramesToGuest > 0);
            Assert.Equal(NetbackFault.None, stacks.LeftTwin.Fault);
            Assert.Equal(NetbackFault.None, stacks.RightTwin.Fault);
        }

        stacks.AssertNothingLeft();
    }

    [Fact]
    public async Task Super_frames_of_one_guest_are_cut_for_another_that_takes_none()
    {
        TwoNetfrontStacks stacks = new(
            new NetfrontOptions(), right: new NetfrontOptions { SegmentationV4 = false, ChecksumV4 = false });
        await using (stacks)
        {
            await using NetworkListener listener = await stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0));
            (NetworkConnection client, NetworkConnection server) = await ConnectAsync(stacks, listener);
            await ExchangeAsync(client, server, 1).WaitAsync(Patience);
            Assert.True(stacks.LeftTwin.Counters.SuperFramesFromGuest > 0);
            Assert.Equal(0, stacks.RightTwin.Counters.SuperFramesToGuest);
        }

        stacks.AssertNothingLeft();
    }

    [Fact]
    public async Task A_connection_outlives_its_backend()
    {
        TwoNetfrontStacks stacks = new(new NetfrontOptions());
        await using (stacks)
        {
            await using NetworkListener listener = await stacks.Right.ListenAsync(new IPEndPoint(IPAddress.Any, 0));
            (NetworkConnection client, NetworkConnection server) = await ConnectAsync(stacks, listener);
            Task exchange = ExchangeAsync(client, server, 1, pauseMilliseconds: 20);
            for (int deaths = 0; deaths < 3; deaths++)
            {
                await Task.Delay(100);
                stacks.Order(() =>
                {
                    stacks.LeftTwin.Die();
                    stacks.Toolstack.Restore(stacks.LeftGuest, 0, TwoNetfrontStacks.LeftStation);
                    stacks.LeftTwin.Revive();
                });
            }

            await exchange.WaitAsync(Patience);
            Assert.True(stacks.LeftTwin.Counters.Connections > 1);
        }

        stacks.AssertNothingLeft();
    }

    private static async Task<(NetworkConnection Client, NetworkConnection Server)> ConnectAsync(TwoNetfrontStacks stacks, NetworkListener listener)
    {
        Task<NetworkConnection> accepting = listener.AcceptAsync().AsTask();
        NetworkConnection client = await stacks.Left
            .ConnectAsync(new IPEndPoint(TwoNetfrontStacks.RightAddress, listener.LocalEndPoint.Port)).WaitAsync(Patience);
        return (client, await accepting.WaitAsync(Patience));
    }

    private static async Task ExchangeAsync(NetworkConnection client, NetworkConnection server, int number, int pauseMilliseconds = 0)
    {
        byte[] toServer = new byte[Bytes];
        byte[] toClient = new byte[Bytes];
        SeededEntropy entropy = new((ulong)number);
        entropy.Fill(toServer);
        entropy.Fill(toClient);
        Task<byte[]> atServer = ReadAsync(server.Input);
        Task<byte[]> atClient = ReadAsync(client.Input);
        await Task.WhenAll(WriteAsync(client.Output, toServer, pauseMilliseconds), WriteAsync(server.Output, toClient, pauseMilliseconds));
        byte[] gotThere = await atServer;
        byte[] gotHere = await atClient;
        Assert.True(gotThere.AsSpan().SequenceEqual(toServer), "the server got other bytes than were sent");
        Assert.True(gotHere.AsSpan().SequenceEqual(toClient), "the client got other bytes than were sent");
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    private static async Task WriteAsync(PipeWriter output, byte[] bytes, int pauseMilliseconds)
    {
        for (int done = 0; done < bytes.Length; done += 100_000)
        {
            await output.WriteAsync(bytes.AsMemory(done, Math.Min(100_000, bytes.Length - done)));
            if (pauseMilliseconds > 0)
            {
                await Task.Delay(pauseMilliseconds);
            }
        }

        await output.CompleteAsync();
    }

    private static async Task<byte[]> ReadAsync(PipeReader input)
    {
        using MemoryStream bytes = new(Bytes);
        await input.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
