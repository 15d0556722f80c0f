using System.IO.Pipelines;
using System.Net;
using NetStack.Core;
using NetStack.Tcp;
using NetStack.Testing;

namespace NetStack.Sockets.Tests;

/// <summary>Two stacks, each on its own threads, with an in-memory cable between them.</summary>
public sealed class TwoStacks : IAsyncDisposable
{
    private readonly QueuedCable _cable;

    public TwoStacks(TcpConnectionOptions? ofLeft = null)
        : this(TestQueues.Count, TestQueues.Count, ofLeft)
    {
    }

    public TwoStacks(int leftQueues, int rightQueues, TcpConnectionOptions? ofLeft = null, PipeScheduler? ofRight = null)
    {
        _cable = new QueuedCable(leftQueues, rightQueues);
        NetworkStackOptions left = new() { Tcp = new TcpOptions { Connection = ofLeft ?? new TcpConnectionOptions() } };
        Left = NetworkStack.Start(left.AddDevice(_cable.Left, LeftAddress + "/24"));
        NetworkStackOptions right = new() { Scheduler = ofRight ?? PipeScheduler.ThreadPool };
        Right = NetworkStack.Start(right.AddDevice(_cable.Right, RightAddress + "/24"));
    }

    public static IPAddress LeftAddress { get; } = IPAddress.Parse("10.0.0.1");

    public static IPAddress RightAddress { get; } = IPAddress.Parse("10.0.0.2");

    public NetworkStack Left { get; }

    public NetworkStack Right { get; }

    public async ValueTask DisposeAsync()
    {
        // At once: each returns the frames the other has read.
        await Task.WhenAll(Left.DisposeAsync().AsTask(), Right.DisposeAsync().AsTask());
        _cable.Dispose();
    }

    /// <summary>After disposal: every block is home.</summary>
    public void AssertNothingOutstanding()
    {
        foreach (NetworkStack stack in new[] { Left, Right })
        {
            foreach (PacketPool pool in stack.Shards.Select(shard => shard.Loop.Pool))
            {
                Assert.True(
                    pool.OutstandingBlocks == 0 && pool.OutstandingSlices == 0,
                    $"{pool.OutstandingBlocks} blocks and {pool.OutstandingSlices} slices are outstanding: {pool.DescribeOutstanding()}");
            }
        }
    }
}
