using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Benchmarks;

/// <summary>Frames with Ethernet, IPv4 and transport headers and no data, each of another flow.</summary>
internal static class HeaderFrames
{
    public const int NetworkOffset = EthernetHeader.LengthBytes;
    public const int TransportOffset = NetworkOffset + Ipv4Header.MinimumLengthBytes;

    private const uint Sender = 0x0A00_0002;
    private const uint Receiver = 0x0A00_0001;
    private const ushort FirstPort = 40000;
    private const ushort ServerPort = 80;

    public static byte[][] MakeUdp(int count) => Make(count, IpProtocol.Udp, UdpHeader.LengthBytes, static (header, port) =>
        UdpHeader.Write(header, port, ServerPort, UdpHeader.LengthBytes, 0));

    public static byte[][] MakeTcp(int count) => Make(count, IpProtocol.Tcp, TcpHeader.MinimumLengthBytes, static (header, port) =>
        TcpHeader.Write(header, port, ServerPort, new SequenceNumber(1), new SequenceNumber(1), TcpFlags.Acknowledgment, 1000));

    private static byte[][] Make(int count, IpProtocol protocol, int headerBytes, Action<byte[], ushort> write)
    {
        byte[][] frames = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            byte[] frame = frames[i] = new byte[TransportOffset + headerBytes];
            EthernetHeader.Write(frame, new MacAddress(0x02_00_5E_10_00_01), new MacAddress(0x02_00_5E_10_00_02), EtherType.IPv4);
            Ipv4Header.Write(
                frame.AsSpan(NetworkOffset),
                new Ipv4Fields(Sender, Receiver, protocol, frame.Length - NetworkOffset, 64, DontFragment: true));
            byte[] header = new byte[headerBytes];
            write(header, (ushort)(FirstPort + i));
            header.CopyTo(frame, TransportOffset);
        }

        return frames;
    }
}
