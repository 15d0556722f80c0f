using System.Buffers.Binary;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>The other side writes what it likes into the memory that both share.</summary>
public sealed class VchanLieTests
{
    [Theory]
    [InlineData(VchanLayout.LeftConsumed + 4, 0xFFFF_FFFFu)]
    [InlineData(VchanLayout.LeftConsumed + 4, 65_537u)]
    [InlineData(VchanLayout.RightConsumed, 1u)]
    [InlineData(VchanLayout.RightConsumed, 0x8000_0000u)]
    public async Task A_client_that_lies_about_an_index_ends_the_channel_with_words(int offset, uint value)
    {
        await using VchanPair pair = new();
        VchanConnection server = pair.Listen();
        MeddlingClient client = new(pair);
        client.Come();
        await server.Connected;
        client.Write(offset, value);

        // Whichever direction looks at it first: a write that comes after says it, too.
        await Record.ExceptionAsync(async () => await server.Output.WriteAsync("x"u8.ToArray()));
        XenException lie = await Assert.ThrowsAsync<XenException>(() => VchanPair.ReadAllAsync(server.Input));
        Assert.Equal(XenError.ProtocolBroken, lie.Error);
        Assert.Contains("index", lie.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', lie.Message);
        await server.Closed;
        client.Dispose();
        await pair.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task A_live_flag_that_is_none_ends_the_channel()
    {
        await using VchanPair pair = new();
        VchanConnection server = pair.Listen();
        using MeddlingClient client = new(pair);
        client.Flag(VchanLayout.ClientIsLive, 7);
        Assert.Equal(XenError.ProtocolBroken, (await Assert.ThrowsAsync<XenException>(() => VchanPair.ReadAllAsync(server.Input))).Error);
        await Assert.ThrowsAsync<XenException>(() => server.Connected);
    }

    [Fact]
    public async Task A_storm_of_events_and_a_ring_that_is_full_again_at_once_hold_nothing_up()
    {
        await using VchanPair pair = new();
        VchanConnection server = pair.Listen(new VchanOptions { ReceiveRingBytes = 1024, TransmitRingBytes = 1024 });
        await server.Input.CompleteAsync();
        using MeddlingClient client = new(pair);
        client.Come();
        using CancellationTokenSource stop = new();
        Task storm = Task.Run(() =>
        {
            // As if it wrote without end: the index says so, and nobody waits for room.
            for (uint index = 0; !stop.IsCancellationRequested; index++)
            {
                client.Write(VchanLayout.LeftConsumed + 4, client.Read(VchanLayout.LeftConsumed) + 512);
                client.Ring();
            }
        });
        await server.Output.WriteAsync("through"u8.ToArray());
        Assert.True(SpinWait.SpinUntil(() => client.Read(VchanLayout.RightConsumed + 4) == 7, TimeSpan.FromMinutes(1)));
        await server.DisposeAsync();
        await stop.CancelAsync();
        await storm;
    }

    [Theory]
    [InlineData(9, 12, 1)]
    [InlineData(10, 10, 1)]
    [InlineData(12, 12, 4711)]
    [InlineData(21, 12, 1)]
    public async Task A_client_takes_no_rings_that_an_honest_server_would_not_offer(ushort left, ushort right, uint reference)
    {
        await using VchanPair pair = new();
        using MeddlingServer server = new(pair, page =>
        {
            BinaryPrimitives.WriteUInt16LittleEndian(page[VchanLayout.LeftOrder..], left);
            BinaryPrimitives.WriteUInt16LittleEndian(page[VchanLayout.RightOrder..], right);
            page[VchanLayout.ServerIsLive] = 1;
            for (int i = VchanLayout.Grants; i < page.Length; i += 4)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(page[i..], reference);
            }
        });
        XenException refused = await Assert.ThrowsAsync<XenException>(() => pair.ConnectAsync());
        Assert.Equal(XenError.NoDevice, refused.Error);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Equal(0, pair.Client.PagesMapped);
        Assert.Equal(0, pair.Client.PortsOpen);
    }

    [Fact]
    public async Task A_server_whose_indices_were_wrong_from_the_start_is_found_out()
    {
        await using VchanPair pair = new();
        using MeddlingServer server = new(pair, page =>
        {
            BinaryPrimitives.WriteUInt16LittleEndian(page[VchanLayout.LeftOrder..], 10);
            BinaryPrimitives.WriteUInt16LittleEndian(page[VchanLayout.RightOrder..], 11);
            page[VchanLayout.ServerIsLive] = 1;
            BinaryPrimitives.WriteUInt32LittleEndian(page[VchanLayout.RightConsumed..], 5);
            BinaryPrimitives.WriteUInt32LittleEndian(page[(VchanLayout.RightConsumed + 4)..], 1);
        });
        VchanConnection client = await pair.ConnectAsync();
        Assert.Equal(XenError.ProtocolBroken, (await Assert.ThrowsAsync<XenException>(() => VchanPair.ReadAllAsync(client.Input))).Error);
    }

    [Theory]
    [InlineData("nonsense", "1")]
    [InlineData("-1", "1")]
    [InlineData("99999999999", "1")]
    [InlineData("0", "1")]
    public async Task Nodes_that_are_no_numbers_are_no_server(string reference, string port)
    {
        await using VchanPair pair = new();
        using IXenStore store = pair.Xen.Domain0.OpenStore(static () => { });
        store.Write($"/local/domain/{VchanPair.ServerDomain}/{VchanPair.Path}/event-channel", port);
        store.Write($"/local/domain/{VchanPair.ServerDomain}/{VchanPair.Path}/ring-ref", reference);
        using CancellationTokenSource cancel = new();
        Task<VchanConnection> connecting = pair.ConnectAsync(cancel.Token);
        Assert.False(connecting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }
}
