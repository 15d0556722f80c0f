using NetStack.Cli.Verbs.Bench;
using NetStack.Cli.Verbs.Bench.Workloads;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Growth.Work;

/// <summary>SYNs for many listeners: each is answered by SYN,ACK, and taken back by the peer's reset.</summary>
internal sealed class ConnectionAttempts : IWorkload
{
    private const int PoolBlocks = 4096;
    private const int FirstPort = 10_000;
    private const int Peers = 4096;
    private const uint PeerSequence = 1000;

    private readonly BenchHost _host = new(new PacketPool(PoolBlocks), seed: 1);
    private readonly TapeDevice _device;

    /// <summary>Makes the host.</summary>
    /// <param name="listeners">The ports that listen.</param>
    public ConnectionAttempts(int listeners)
    {
        PacketTape tape = new();
        int[] ports = [.. Stage.Visits(listeners)];
        for (int first = 0; first < ports.Length / 2; first += Stage.Batch)
        {
            AddBurst(tape, ports.AsSpan(first, Stage.Batch), TcpFlags.Syn, PeerSequence);
            AddBurst(tape, ports.AsSpan(first, Stage.Batch), TcpFlags.Reset, PeerSequence + 1);
        }

        _device = new TapeDevice(tape, Stage.Mtu);
        Stage.Attach(_host, _device, Stage.Host);
        for (int i = 0; i < listeners; i++)
        {
            if (_host.Tcp.Listen(new IpEndPoint(IpAddress.AnyV4, (ushort)(FirstPort + i)), Stage.Batch, null, out TcpError error) is null)
            {
                throw new InvalidOperationException($"Port {FirstPort + i} cannot be listened at: {error}.");
            }
        }
    }

    public long Packets { get; private set; }

    public long Bytes => 0;

    public string? Fault { get; private set; }

    public void Turn()
    {
        for (int half = 0; half < 2; half++)
        {
            _device.Offer(Stage.Batch);
            _host.Receive();
            _host.Transmit();
        }

        Packets += Stage.Batch;
        if (_device.Taken != Packets || _host.Tcp.ConnectionCount != 0)
        {
            Fault ??= $"{_device.Taken} of {Packets} were answered, {_host.Tcp.ConnectionCount} are left";
        }
    }

    public void Dispose() => _device.Dispose();

    private static void AddBurst(PacketTape tape, ReadOnlySpan<int> ports, TcpFlags flags, uint sequence)
    {
        for (int i = 0; i < ports.Length; i++)
        {
            int peer = tape.Count % (2 * Stage.Batch) % Stage.Batch + (tape.Count / (2 * Stage.Batch) * Stage.Batch);
            tape.AddSegment(
                new IpEndPoint(new IpAddress(Stage.FirstPeer + (uint)(peer % Peers)), (ushort)(Stage.FirstPeerPort + peer / Peers)),
                new IpEndPoint(Stage.Host, (ushort)(FirstPort + ports[i])), flags, sequence);
        }
    }
}
