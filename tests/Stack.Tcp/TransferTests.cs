using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Tcp.Tests;

public class TransferTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(10, 0, 0)]
    [InlineData(50, 10, 100)]
    [InlineData(200, 50, 200)]
    [Trait("RFC", "9293 §3.8")]
    public void A_stream_arrives_whole_whatever_the_link_does(int loss, int duplication, int reordering)
    {
        FaultyLink link = new(7) { LossPermille = loss, DuplicationPermille = duplication, ReorderingPermille = reordering };
        TwoHosts hosts = new(link);
        (TcpConnection client, TcpConnection server) = hosts.Connect();
        Transfer up = new(client, server, 400_000);
        Transfer down = new(server, client, 300_000);

        hosts.Until(() =>
        {
            up.Pump(hosts.Now);
            down.Pump(hosts.Now);
            return up.IsFinished && down.IsFinished;
        });
        hosts.Until(() => hosts.Left.ConnectionCount == 0 && hosts.Right.ConnectionCount == 0);
        hosts.Pass(Duration.FromSeconds(200));

        Assert.Equal(TcpError.None, client.Error);
        Assert.Equal(TcpError.None, server.Error);
        Assert.Equal(0, hosts.Left.TimeWaitCount + hosts.Right.TimeWaitCount);
        hosts.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.4")]
    public void After_half_the_sequence_numbers_have_gone_by_the_machine_works_as_on_the_first_day()
    {
        Machine machine = new Machine(new TcpConnectionOptions()).Listen();
        TcpConnection client = machine.Tcp.Connect(
            null, new IpEndPoint(Machine.OurAddress, Machine.ListenPort), null, machine.Now, out _)!;
        machine.Turn();
        machine.Connection = machine.Listener!.TryAccept()!;
        long received = 0;
        while (received < 3_000_000_000)
        {
            while (client.SendRoomBytes > 0)
            {
                PacketBuffer block = machine.Pool.TryLease(0)!;
                block.Extend(PacketBuffer.BlockBytes);
                client.Append(block, machine.Now);
            }

            machine.Now += Duration.FromMicroseconds(10);
            machine.Host.Receive(machine.Now, 64);
            machine.Host.Transmit(machine.Now, 1024);
            if (machine.Connection.TakeReceived() is { } chain)
            {
                int bytes = chain.TotalLength;
                received += bytes;
                machine.Pool.Return(chain);
                machine.Connection.Consumed(bytes, machine.Now);
            }
        }

        machine.PassMilliseconds(50);
        machine.Read();
        machine.PassMilliseconds(50);
        machine.Read();
        Assert.Equal(0, client.QueuedBytes);
        client.Append(machine.Pool.TryLeaseCopy([1, 2, 3])!, machine.Now);
        machine.Turn();
        Assert.Equal([1, 2, 3], machine.Read());
        Assert.Equal(0, machine.Host.Counters[Counter.TcpSegmentsRetransmitted]);
        client.Abort(machine.Now);
        machine.Turn();
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §4.2.3.9")]
    public void A_route_that_goes_and_comes_back_ends_no_connection()
    {
        Machine machine = new Machine(Machine.Plain with { Retries = 4 }).Established();
        IpPrefix network = new(Machine.OurAddress, 24);
        Route route = machine.Host.Routes.List().Single(each => each.Prefix.Network == network.Network);
        machine.Host.Routes.Remove(route);
        machine.Receive(TcpFlags.Acknowledgment, 1, 1, 100);
        machine.PassMilliseconds(500);
        machine.ExpectNothing();

        machine.Host.Routes.Add(route);
        machine.PassMilliseconds(2_000);

        machine.Expect(TcpFlags.Acknowledgment, 1, 101);
        machine.Pass(Duration.FromSeconds(1000));
        machine.ExpectNothing();
        Assert.Equal(TcpState.Established, machine.Connection.State);
        machine.Receive(TcpFlags.Acknowledgment, 101, 1, 100);
        machine.Expect(TcpFlags.Acknowledgment, 1, 201);
    }
}
