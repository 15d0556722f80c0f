using BenchmarkDotNet.Attributes;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Benchmarks;

/// <summary>The headers of a frame, parsed and looked at: link, network (its checksum included) and transport (without).</summary>
public class ParseBenchmark
{
    private const int Frames = 64;

    private readonly byte[][] _udp = HeaderFrames.MakeUdp(Frames);
    private readonly byte[][] _tcp = HeaderFrames.MakeTcp(Frames);

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Udp()
    {
        int ports = 0;
        foreach (byte[] frame in _udp)
        {
            if (IsPacketFor(frame, IpProtocol.Udp) && UdpHeader.TryParse(frame.AsSpan(HeaderFrames.TransportOffset), out UdpHeader header))
            {
                ports += header.SourcePort;
            }
        }

        return ports;
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Tcp()
    {
        int ports = 0;
        foreach (byte[] frame in _tcp)
        {
            if (IsPacketFor(frame, IpProtocol.Tcp) && TcpHeader.TryParse(frame.AsSpan(HeaderFrames.TransportOffset), out TcpHeader header, out _))
            {
                ports += header.SourcePort;
            }
        }

        return ports;
    }

    private static bool IsPacketFor(ReadOnlySpan<byte> frame, IpProtocol protocol) =>
        EthernetHeader.TryParse(frame, out EthernetHeader link)
        && link.Type == EtherType.IPv4
        && Ipv4Header.TryParse(
            frame[HeaderFrames.NetworkOffset..], frame.Length - HeaderFrames.NetworkOffset, out Ipv4Header network, out DropReason _)
        && network.Protocol == protocol;
}
