using System.Net;
using NetStack.Ethernet;
using NetStack.Tcp;

namespace NetStack.Sockets.Tests;

/// <summary>Two stacks, each on its own thread, with an in-memory cable between them.</summary>
public sealed class TwoStacks : IAsyncDisposable
{
    private readonly DevicePair _cable = new();

    public TwoStacks(TcpConnectionOptions? ofLeft = null)
    {
        NetworkStackOptions left = new() { Tcp = new TcpOptions { Connection = ofLeft ?? new TcpConnectionOptions() } };
        Left = NetworkStack.Start(left.AddDevice(_cable.Left, LeftAddress + "/24"));
        Right = NetworkStack.Start(new NetworkStackOptions().AddDevice(_cable.Right, RightAddress + "/24"));
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
            Assert.True(
                stack.Loop.Pool.OutstandingBlocks == 0 && stack.Loop.Pool.OutstandingSlices == 0,
                $"{stack.Loop.Pool.OutstandingBlocks} blocks and {stack.Loop.Pool.OutstandingSlices} slices are outstanding: {stack.Loop.Pool.DescribeOutstanding()}");
        }
    }
}
