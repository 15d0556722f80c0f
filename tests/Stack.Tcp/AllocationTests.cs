using System.Runtime.CompilerServices;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Tcp.Tests;

[Collection(nameof(HeapMeasurement))]
public class AllocationTests
{
    [Theory]
    [InlineData(false, 1_000_000, 256)]
    [InlineData(true, 100_000, 1460)]
    public void Packets_through_both_hosts_allocate_nothing(bool sharesPool, long packets, int segmentBytes)
    {
        PacketPool leftPool = new(4096);
        PacketPool rightPool = sharesPool ? leftPool : new PacketPool(4096);
        using DevicePair cable = new(capacityFrames: 4096);
        TwoHosts hosts = new(cable.Left, cable.Right, () => Instant.Never, null, null, leftPool, rightPool);
        (TcpConnection client, TcpConnection server) = hosts.Connect(client: new TcpConnectionOptions { MaximumSegmentBytes = segmentBytes });
        for (int i = 0; i < 2000; i++)
        {
            Exchange(hosts, client, server);
        }

        long packetsBefore = Sent(hosts);
        long bytesBefore = GC.GetAllocatedBytesForCurrentThread();
        while (Sent(hosts) - packetsBefore < packets)
        {
            Exchange(hosts, client, server);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - bytesBefore;

        Assert.Equal(0, allocated);
        Assert.Equal(TcpState.Established, client.State);
        Assert.Equal(TcpState.Established, server.State);
    }

    [Fact]
    public void What_is_fetched_ahead_of_a_segment_is_the_whole_of_its_connection_and_no_more()
    {
        _ = RuntimeHelpers.GetUninitializedObject(typeof(TcpConnection));
        long before = GC.GetAllocatedBytesForCurrentThread();
        object connection = RuntimeHelpers.GetUninitializedObject(typeof(TcpConnection));
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(TcpConnection.SizeBytes, bytes - 32, bytes + 32);
        GC.KeepAlive(connection);
    }

    private static long Sent(TwoHosts hosts) =>
        hosts.Left.Host.Counters[Counter.TcpSegmentsTransmitted]
        + (hosts.Left.Host.Counters != hosts.Right.Host.Counters ? hosts.Right.Host.Counters[Counter.TcpSegmentsTransmitted] : 0);

    private static void Exchange(TwoHosts hosts, TcpConnection client, TcpConnection server)
    {
        hosts.Now += Duration.FromMicroseconds(100);
        Fill(client, hosts.Now);
        Fill(server, hosts.Now);
        hosts.Turn();
        Drain(client, hosts.Now);
        Drain(server, hosts.Now);
        hosts.Turn();
    }

    private static void Fill(TcpConnection connection, Instant now)
    {
        while (connection.SendRoomBytes > 0)
        {
            PacketBuffer? block = connection.Demultiplexer.Host.Pool.TryLease(0);
            if (block is null)
            {
                return;
            }

            block.Extend(PacketBuffer.BlockBytes);
            connection.Append(block, now);
        }
    }

    private static void Drain(TcpConnection connection, Instant now)
    {
        if (connection.TakeReceived() is { } chain)
        {
            int bytes = chain.TotalLength;
            connection.Demultiplexer.Host.Pool.Return(chain);
            connection.Consumed(bytes, now);
        }

        connection.TakeEvents();
    }
}
