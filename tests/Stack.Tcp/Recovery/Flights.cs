using System.Buffers.Binary;
using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>Connections with segments of 1,000 bytes on their way, a round trip of 100 ms, and a peer that acknowledges selectively.</summary>
internal static class Flights
{
    public const int RoundTripMilliseconds = 100;

    /// <summary>NewReno, whose windows are round numbers.</summary>
    public static TcpConnectionOptions Options { get; } = Plain with
    {
        SelectiveAcknowledgments = true,
        CongestionController = _ => new NewReno(),
    };

    /// <summary>An established connection that has sent nothing yet.</summary>
    public static Machine Open(TcpConnectionOptions? options = null, int window = 60_000, int roundTripMilliseconds = RoundTripMilliseconds)
    {
        options ??= Options;
        byte[] syn = options.SelectiveAcknowledgments ? [.. MachineStates.Mss(1000), 1, 1, 4, 2] : MachineStates.Mss(1000);
        byte[] timestamps = [];
        Machine machine = new Machine(options);
        if (options.Timestamps)
        {
            syn = [.. MachineStates.Mss(1012), 4, 2, 8, 10, .. Word(PeerClock(machine)), .. Word(0)];
        }

        machine.SynReceived(syn, window);
        machine.PassMilliseconds(roundTripMilliseconds);
        if (options.Timestamps)
        {
            timestamps = Timestamps(machine, machine.Clock());
        }

        machine.Receive(Ack, 1, 1, window: window, options: timestamps);
        Assert.Same(machine.Connection, machine.Listener!.TryAccept());
        return machine;
    }

    /// <summary>So many segments are on their way, sent at one instant, and nothing else waits.</summary>
    public static Machine Flying(int segments, TcpConnectionOptions? options = null, int window = 60_000)
    {
        Machine machine = Open(options, window);
        machine.Send(segments * 1000);
        Assert.Equal(segments, machine.Wire.FromHost.Count);
        machine.Wire.FromHost.Clear();
        return machine;
    }

    /// <summary>An acknowledgment with blocks, each from–to in our sequence numbers, where the first byte is 1.</summary>
    public static void Acknowledge(this Machine machine, int acknowledgment, params (int Start, int End)[] blocks) =>
        machine.Receive(Ack, machine.PeerNext, acknowledgment, window: 60_000, options: Sack(machine, blocks));

    public static byte[] Sack(Machine machine, params (int Start, int End)[] blocks)
    {
        if (blocks.Length == 0)
        {
            return [];
        }

        List<byte> option = [1, 1, 5, (byte)(2 + (8 * blocks.Length))];
        foreach ((int start, int end) in blocks)
        {
            option.AddRange(Word(unchecked(machine.InitialSequence + (uint)start)));
            option.AddRange(Word(unchecked(machine.InitialSequence + (uint)end)));
        }

        return [.. option];
    }

    /// <summary>The timestamps option of the peer, echoing a clock of ours.</summary>
    public static byte[] Timestamps(Machine machine, uint echo) => [1, 1, 8, 10, .. Word(PeerClock(machine)), .. Word(echo)];

    /// <summary>Our timestamp clock now, whatever its offset: as the last segment showed it, moved on.</summary>
    public static uint Clock(this Machine machine) => machine.Connection.Timestamp(machine.Now);

    /// <summary>The data segments sent since, by their first bytes.</summary>
    public static int[] TakeData(this Machine machine)
    {
        List<int> sequences = [];
        while (machine.Wire.FromHost.TryDequeue(out byte[]? packet))
        {
            SentSegment sent = SentSegment.Read(packet, machine.Now);
            Assert.NotEmpty(sent.Payload);
            sequences.Add(unchecked((int)(sent.Sequence - machine.InitialSequence)));
        }

        return [.. sequences];
    }

    private static uint PeerClock(Machine machine) => (uint)machine.Now.Milliseconds;

    private static byte[] Word(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
