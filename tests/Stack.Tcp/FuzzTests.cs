using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>Random segments near enough to the truth to get deep into the machine. The debug build checks its invariants at every step.</summary>
public class FuzzTests
{
    private const int Ports = 6;

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void Random_segments_calls_and_pauses_break_nothing_and_leak_nothing(ulong seed, bool hasOptions)
    {
        const int Segments = 25_000;
        SeededEntropy entropy = new(seed);
        TcpConnectionOptions options = (hasOptions ? new TcpConnectionOptions() : Plain) with
        {
            ReceiveBufferBytes = 20_000,
            SendBufferBytes = 20_000,
            KeepAlive = true,
            KeepAliveTime = Duration.FromSeconds(20),
            Retries = 4,
        };
        Machine machine = new(options, new TcpOptions { SynQueueLength = 3, MaximumTimeWait = 4, Connection = options });
        machine.Listen(backlog: 3);
        Dictionary<IpEndPoint, Flow> seen = [];
        List<TcpConnection> owned = [];
        for (int i = 0; i < Segments; i++)
        {
            Inject(machine, entropy, seen);
            Call(machine, entropy, owned);
            machine.Turn();
            while (machine.Wire.FromHost.TryDequeue(out byte[]? packet))
            {
                SentSegment sent = SentSegment.Read(packet, machine.Now);
                IpEndPoint peer = new(PeerAddress, (ushort)((packet[22] << 8) | packet[23]));
                uint next = sent.Sequence + (uint)sent.Payload.Length + ((sent.Flags & (Syn | Fin)) != 0 ? 1u : 0u);
                Flow before = seen.GetValueOrDefault(peer, new Flow(0, entropy.NextUInt32(), 0, false));
                seen[peer] = new Flow(
                    next,
                    (sent.Flags & Ack) != 0 ? sent.Acknowledgment : before.TheirNext,
                    (ushort)((packet[20] << 8) | packet[21]),
                    before.HasTimestamps);
            }

            if (entropy.Next(20) == 0)
            {
                machine.PassMilliseconds(entropy.Next(8) == 0 ? entropy.Next(70_000) : entropy.Next(300));
                machine.Wire.FromHost.Clear();
            }
        }

        foreach (TcpConnection connection in owned)
        {
            connection.Abort(machine.Now);
        }

        machine.Listener!.Close(machine.Now);
        machine.Pass(Duration.FromSeconds(1000));
        Assert.Equal((0, 0), (machine.Tcp.ConnectionCount, machine.Tcp.TimeWaitCount));
        Assert.True(machine.Host.Counters[Counter.TcpPassiveOpens] > 50, $"only {machine.Host.Counters[Counter.TcpPassiveOpens]} connections were opened");
        machine.AssertBalanced();
    }

    private static void Inject(Machine machine, SeededEntropy entropy, Dictionary<IpEndPoint, Flow> seen)
    {
        IpEndPoint peer = new(PeerAddress, (ushort)(7000 + entropy.Next(Ports)));
        Flow flow = seen.GetValueOrDefault(peer, new Flow(entropy.NextUInt32(), entropy.NextUInt32(), ListenPort, false));
        TcpFlags flags = entropy.Next(16) switch
        {
            0 or 1 => Syn,
            2 => Syn | Ack,
            3 when entropy.Next(3) == 0 => Fin | Ack,
            4 when entropy.Next(8) == 0 => Rst,
            5 when entropy.Next(4) == 0 => (TcpFlags)entropy.Next(256),
            _ => Ack,
        };
        bool isTruthful = entropy.Next(3) > 0;
        bool isSyn = (flags & Syn) != 0;
        if (flags == Syn)
        {
            flow = flow with { LocalPort = ListenPort, HasTimestamps = entropy.Next(2) == 0 };
            seen[peer] = flow;
        }

        uint sequence = unchecked(flow.TheirNext + (isTruthful ? 0 : Near(entropy)));
        uint acknowledgment = unchecked(flow.OurNext + (isTruthful ? 0 : Near(entropy)));
        byte[] payload = new byte[entropy.Next(3) == 0 ? entropy.Next(1400) : 0];
        byte[] timestamps = (flow.HasTimestamps && isTruthful) || entropy.Next(20) == 0
            ? OptionTests.Timestamps((uint)machine.Now.Milliseconds, entropy.NextUInt32())
            : [];
        byte[] options = isSyn
            ? [.. MachineStates.Mss(entropy.Next(2000)), 1, 3, 3, (byte)entropy.Next(16), .. timestamps]
            : timestamps;
        machine.Wire.Inject(Packets.Tcp(
            peer,
            new IpEndPoint(OurAddress, flow.LocalPort),
            sequence,
            acknowledgment,
            flags,
            entropy.Next(4) == 0 ? entropy.Next(3000) : 60_000,
            options,
            payload));
    }

    private static uint Near(SeededEntropy entropy) => entropy.Next(4) switch
    {
        0 => unchecked((uint)(entropy.Next(4000) - 2000)),
        1 => unchecked((uint)(entropy.Next(5) - 2)),
        2 => entropy.Next(50) == 0 ? entropy.NextUInt32() : 0,
        _ => 0,
    };

    private static void Call(Machine machine, SeededEntropy entropy, List<TcpConnection> owned)
    {
        if (machine.Listener!.TryAccept() is { } accepted)
        {
            owned.Add(accepted);
        }

        if (owned.Count < Ports && entropy.Next(50) == 0
            && machine.Tcp.Connect(null, new IpEndPoint(PeerAddress, (ushort)(7000 + entropy.Next(Ports))), machine.Options, machine.Now, out _) is { } opened)
        {
            owned.Add(opened);
        }

        if (owned.Count == 0)
        {
            return;
        }

        int index = entropy.Next(owned.Count);
        TcpConnection connection = owned[index];
        machine.Connection = connection;
        Assert.InRange(connection.UnacknowledgedBytes, 0, connection.QueuedBytes);
        switch (entropy.Next(30))
        {
            case < 8:
                machine.Append(1 + entropy.Next(3000));
                break;
            case < 16:
                machine.Read();
                break;
            case 16:
                connection.Shutdown(machine.Now);
                break;
            case 17:
                connection.StopReceiving(machine.Now);
                break;
            case 18 when entropy.Next(4) == 0:
                connection.Abort(machine.Now);
                owned.RemoveAt(index);
                break;
            case 19 when entropy.Next(4) == 0:
                connection.Close(machine.Now);
                owned.RemoveAt(index);
                break;
            case 20:
                connection.Change(connection.Options with { NoDelay = entropy.Next(2) == 0, KeepAlive = entropy.Next(2) == 0 }, machine.Now);
                break;
        }

        if (connection.State is TcpState.Closed or TcpState.TimeWait)
        {
            connection.Abort(machine.Now);
            owned.Remove(connection);
        }

        while (machine.Tcp.TryTakeActive(out TcpConnection? active))
        {
            active.TakeEvents();
        }
    }

    /// <summary>What the peer believes of a connection.</summary>
    private readonly record struct Flow(uint OurNext, uint TheirNext, ushort LocalPort, bool HasTimestamps);
}
