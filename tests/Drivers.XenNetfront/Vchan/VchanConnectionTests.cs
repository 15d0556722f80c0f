using System.IO.Pipelines;
using NetStack.Core;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>Both sides of a vchan are ours. What waits for ever is named by the run's hang limit.</summary>
public sealed class VchanConnectionTests
{
    [Theory]
    [InlineData(1024, 2048)]
    [InlineData(2048, 1024)]
    [InlineData(2048, 2048)]
    [InlineData(1000, 65536)]
    [InlineData(4096, 4096)]
    [InlineData(10_000, 1 << 20)]
    public async Task Bytes_pass_both_ways_at_once_whatever_the_rings(int receiveBytes, int transmitBytes)
    {
        const int Bytes = 1_500_000;
        await using VchanPair pair = new();
        VchanConnection server = pair.Listen(new VchanOptions { ReceiveRingBytes = receiveBytes, TransmitRingBytes = transmitBytes });
        VchanConnection client = await pair.ConnectAsync();
        await server.Connected;

        byte[] down = VchanPair.Noise(1, Bytes);
        byte[] up = VchanPair.Noise(2, Bytes);
        Task sending = Task.WhenAll(SendAsync(server.Output, down, 3), SendAsync(client.Output, up, 4));
        Task<byte[]> downRead = VchanPair.ReadAsync(client.Input, Bytes);
        Task<byte[]> upRead = VchanPair.ReadAsync(server.Input, Bytes);
        await sending;
        Assert.Equal(down, await downRead);
        Assert.Equal(up, await upRead);
        await pair.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task What_the_server_wrote_waits_for_the_client()
    {
        await using VchanPair pair = new();
        VchanConnection server = pair.Listen();
        await server.Output.WriteAsync("early"u8.ToArray());
        Assert.False(server.Connected.IsCompleted);
        VchanConnection client = await pair.ConnectAsync();
        Assert.Equal("early"u8.ToArray(), await VchanPair.ReadAsync(client.Input, 5));
        await server.Connected;
    }

    [Fact]
    public async Task A_client_waits_for_its_server()
    {
        await using VchanPair pair = new();
        Task<VchanConnection> connecting = pair.ConnectAsync();
        Assert.False(connecting.IsCompleted);
        VchanConnection server = pair.Listen();
        VchanConnection client = await connecting;
        await client.Output.WriteAsync("hello"u8.ToArray());
        Assert.Equal("hello"u8.ToArray(), await VchanPair.ReadAsync(server.Input, 5));
    }

    [Fact]
    public async Task A_client_that_waits_can_be_called_off()
    {
        await using VchanPair pair = new();
        using CancellationTokenSource cancel = new();
        Task<VchanConnection> connecting = pair.ConnectAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        await pair.AssertNothingLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_leaves_has_what_was_flushed_arrive_and_the_other_reads_its_end(bool serverLeaves)
    {
        await using VchanPair pair = new();
        VchanConnection server = pair.Listen();
        VchanConnection client = await pair.ConnectAsync();
        (VchanConnection leaving, VchanConnection staying) = serverLeaves ? (server, client) : (client, server);
        byte[] last = VchanPair.Noise(5, 60_000);
        await leaving.Output.WriteAsync(last);
        await leaving.DisposeAsync();
        Assert.Equal(last, await VchanPair.ReadAllAsync(staying.Input));
        await staying.Closed;
        Assert.True((await staying.Output.WriteAsync("nobody"u8.ToArray())).IsCompleted);
        await pair.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task A_flush_waits_while_the_other_side_does_not_read()
    {
        await using VchanPair pair = new();
        VchanConnection server = pair.Listen(new VchanOptions { ReceiveRingBytes = 1024, TransmitRingBytes = 1024, PauseWriterBytes = 1000 });
        VchanConnection client = await pair.ConnectAsync();
        byte[] much = VchanPair.Noise(6, 200_000);
        ValueTask<FlushResult> flush = server.Output.WriteAsync(much);
        Assert.Equal(much[..10], await VchanPair.ReadAsync(client.Input, 10));
        Assert.False(flush.IsCompleted);
        Assert.Equal(much[10..], await VchanPair.ReadAsync(client.Input, much.Length - 10));
        Assert.False((await flush).IsCompleted);
    }

    [Fact]
    public async Task Closing_waits_for_a_peer_that_does_not_read_no_longer_than_its_limit()
    {
        await using VchanPair pair = new();
        VchanConnection server = pair.Listen(new VchanOptions
        {
            ReceiveRingBytes = 1024, TransmitRingBytes = 1024, PauseWriterBytes = 1_000_000, LingerLimit = Duration.FromMilliseconds(20),
        });
        VchanConnection client = await pair.ConnectAsync();
        await server.Output.WriteAsync(new byte[500_000]);
        await server.DisposeAsync();
        Assert.InRange((await VchanPair.ReadAllAsync(client.Input)).Length, 1, 499_999);
        await pair.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task A_peer_that_sends_to_a_side_that_reads_no_more_is_not_held_up()
    {
        await using VchanPair pair = new();
        VchanConnection server = pair.Listen(new VchanOptions { ReceiveRingBytes = 1024, TransmitRingBytes = 1024 });
        VchanConnection client = await pair.ConnectAsync();
        await server.Input.CompleteAsync();
        await client.Output.WriteAsync(new byte[300_000]);
        await server.Output.WriteAsync("still"u8.ToArray());
        Assert.Equal("still"u8.ToArray(), await VchanPair.ReadAsync(client.Input, 5));
    }

    [Fact]
    public async Task A_channel_can_be_served_again_after_it_was_left()
    {
        await using VchanPair pair = new();
        for (int round = 0; round < 5; round++)
        {
            VchanConnection server = pair.Listen();
            VchanConnection client = await pair.ConnectAsync();
            await client.Output.WriteAsync(new byte[] { (byte)round });
            Assert.Equal([(byte)round], await VchanPair.ReadAsync(server.Input, 1));
            await client.DisposeAsync();
            await server.DisposeAsync();
        }

        await pair.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task A_server_that_was_restored_says_that_its_channel_is_gone()
    {
        await using VchanPair pair = new();
        VchanConnection server = pair.Listen();
        await pair.ConnectAsync();
        pair.Xen.Resume(pair.Server, Duration.FromSeconds(1), number: 9);
        XenException gone = await Assert.ThrowsAsync<XenException>(() => VchanPair.ReadAllAsync(server.Input));
        Assert.Equal(XenError.NoDevice, gone.Error);
        Assert.Contains("restored", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_hears_of_a_server_that_ended_with_its_domain()
    {
        await using VchanPair pair = new();
        pair.Listen();
        VchanConnection client = await pair.ConnectAsync();
        using IXenStore store = pair.Xen.Domain0.OpenStore(static () => { });
        store.Remove($"/local/domain/{VchanPair.ServerDomain}");
        Assert.Empty(await VchanPair.ReadAllAsync(client.Input));
        await client.Closed;
    }

    private static async Task SendAsync(PipeWriter writer, byte[] bytes, int seed)
    {
        Random random = new(seed);
        for (int sent = 0; sent < bytes.Length;)
        {
            int length = Math.Min(random.Next(1, 20_000), bytes.Length - sent);
            await writer.WriteAsync(bytes.AsMemory(sent, length));
            sent += length;
        }
    }
}
