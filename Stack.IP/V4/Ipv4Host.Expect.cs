using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

// A look at what is about to be received, for a transport with so many peers that each packet finds their memory cold.
internal sealed partial class Ipv4Host
{
    /// <summary>The ports stand first in the headers of all transports that have some.</summary>
    private const int PortsLengthBytes = 4;

    private readonly FlowEnds[] _expected = new FlowEnds[EthernetPort.BurstFrames];

    /// <summary>Tells TCP of the segments among frames that are about to be received.</summary>
    public void Expect(ReadOnlySpan<PacketBuffer> burst, int linkHeaderBytes)
    {
        if (Ip.FindTransport(IpProtocol.Tcp) is not { } tcp)
        {
            return;
        }

        if (Ip.Options.CoalescesSegments)
        {
            _coalescer.Begin(tcp);
        }

        if (!tcp.IsExpecting)
        {
            return;
        }

        int count = 0;
        foreach (PacketBuffer frame in burst[..Math.Min(burst.Length, _expected.Length)])
        {
            ReadOnlySpan<byte> packet = frame.Span[Math.Min(linkHeaderBytes, frame.Length)..];
            if (Ipv4Header.TryParseQuote(packet, out Ipv4Header header)
                && header.Protocol == IpProtocol.Tcp
                && packet.Length >= header.LengthBytes + PortsLengthBytes)
            {
                ReadOnlySpan<byte> ports = packet[header.LengthBytes..];
                _expected[count++] = new FlowEnds(
                    new IpEndPoint(new IpAddress(header.Source), BinaryPrimitives.ReadUInt16BigEndian(ports)),
                    new IpEndPoint(new IpAddress(header.Destination), BinaryPrimitives.ReadUInt16BigEndian(ports[2..])));
            }
        }

        tcp.Expect(_expected.AsSpan(0, count));
    }
}
