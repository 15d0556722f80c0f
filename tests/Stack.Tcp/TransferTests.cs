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
}
