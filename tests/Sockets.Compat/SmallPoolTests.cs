using System.Net;
using NetStack.Ethernet;

namespace NetStack.Sockets.Tests;

public class SmallPoolTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Writers that together queue many times what the pool holds, to readers that are in no hurry.</summary>
    [Fact]
    public async Task Writers_that_want_more_than_the_pool_holds_do_not_stall_the_stack()
    {
        const int Connections = 32;
        const int Bytes = 400_000;
        using DevicePair cable = new();
        NetworkStack left = NetworkStack.Start(new NetworkStackOptions { MaximumBlocks = 256 }.AddDevice(cable.Left, "10.0.0.1/24"));
        NetworkStack right = NetworkStack.Start(new NetworkStackOptions().AddDevice(cable.Right, "10.0.0.2/24"));
        NetworkListener listener = await right.ListenAsync(new IPEndPoint(IPAddress.Any, 9));
        Task<long[]> reading = Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            await using NetworkConnection accepted = await listener.AcceptAsync();
            using CountingStream counting = new();
            await accepted.Input.CopyToAsync(counting);
            return counting.Count;
        }));

        Task writing = Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            await using NetworkConnection connection = await left.ConnectAsync(new IPEndPoint(IPAddress.Parse("10.0.0.2"), 9));
            await connection.Output.WriteAsync(new byte[Bytes]);
            await connection.Output.CompleteAsync();
            await connection.Closed.WaitAsync(Patience);
        }));

        Assert.Equal(Enumerable.Repeat((long)Bytes, Connections), await reading.WaitAsync(Patience));
        await left.DisposeAsync();
        await right.DisposeAsync();
        await Task.WhenAny(writing, Task.Delay(Patience));
        Assert.True(writing.IsCompleted);
    }

    private sealed class CountingStream : MemoryStream
    {
        public long Count { get; private set; }

        public override void Write(byte[] buffer, int offset, int count) => Count += count;

        public override void Write(ReadOnlySpan<byte> buffer) => Count += buffer.Length;

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Count += count;
            return Task.CompletedTask;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count += buffer.Length;
            return ValueTask.CompletedTask;
        }
    }
}
