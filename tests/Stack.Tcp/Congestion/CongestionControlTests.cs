using NetStack.Core;

namespace NetStack.Tcp.Tests;

[Collection(nameof(HeapMeasurement))]
public class CongestionControlTests
{
    [Fact]
    public void Each_name_makes_a_controller_of_its_own_that_says_it()
    {
        Assert.Equal(["cubic", "newreno", "bbr"], CongestionControl.Names);
        foreach (string name in CongestionControl.Names)
        {
            Assert.True(CongestionControl.TryFind(name, out Func<ulong, ICongestionController>? make));
            Assert.Equal(name, make(1).Name);
            Assert.NotSame(make(1), make(1));
        }

        Assert.False(CongestionControl.TryFind("CUBIC", out _));
        Assert.False(CongestionControl.TryFind("", out _));
    }

    [Fact]
    public void A_connection_has_cubic_unless_told_otherwise()
    {
        Machine plain = new Machine(Machine.Plain with { CongestionController = null }).Established();
        Machine chosen = new Machine(Machine.Plain with { CongestionController = static seed => new Bbr(seed) }).Established();

        Assert.IsType<Cubic>(plain.Connection.Congestion);
        Assert.IsType<Bbr>(chosen.Connection.Congestion);
    }

    [Fact]
    public void Each_connection_gets_another_seed()
    {
        HashSet<ulong> seeds = [];
        TcpConnectionOptions options = Machine.Plain with { CongestionController = Make };
        for (ushort port = 5000; port < 5020; port++)
        {
            Machine machine = new(options) { Peer = new NetStack.IP.IpEndPoint(Machine.PeerAddress, port) };
            machine.Established();
        }

        Assert.Equal(20, seeds.Count);

        ICongestionController Make(ulong seed)
        {
            seeds.Add(seed);
            return new NewReno();
        }
    }

    [Fact]
    public void An_idle_connection_holds_little_for_its_controller_and_an_acknowledgment_allocates_nothing()
    {
        Assert.InRange(BytesOf(static () => new NewReno()), 24, 112);
        Assert.InRange(BytesOf(static () => new Cubic()), 24, 168);

        foreach (string name in CongestionControl.Names)
        {
            Assert.True(CongestionControl.TryFind(name, out Func<ulong, ICongestionController>? make));
            ICongestionController controller = make(1);
            SenderModel sender = new(controller);
            sender.Rounds(3);
            sender.Lose();
            long before = GC.GetAllocatedBytesForCurrentThread();
            sender.Rounds(100);
            sender.Lose();
            sender.TimeOut();
            sender.Rounds(10);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    private static long BytesOf(Func<object> make)
    {
        const int Count = 1_000;
        object[] made = new object[Count];
        made[0] = make();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Count; i++)
        {
            made[i] = make();
        }

        GC.KeepAlive(made);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Count;
    }
}
