using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>
/// Makes Ethernet frames of the least length that carry a UDP datagram: what differs between them is the destination, the
/// source port and a number in the data, and each gets its checksums.
/// </summary>
internal sealed class DatagramTemplate
{
    /// <summary>The length of a frame without its check sequence.</summary>
    public const int FrameBytes = 60;

    /// <summary>Where the IPv4 header stands.</summary>
    public const int NetworkOffset = EthernetHeader.LengthBytes;

    /// <summary>Where the UDP header stands.</summary>
    public const int TransportOffset = NetworkOffset + Ipv4Header.MinimumLengthBytes;

    /// <summary>The length of UDP header and data.</summary>
    public const int DatagramBytes = FrameBytes - TransportOffset;

    private const int HeaderChecksumOffset = NetworkOffset + 10;
    private const int DestinationOffset = NetworkOffset + 16;
    private const int ChecksumOffset = TransportOffset + UdpHeader.ChecksumOffset;
    private const int NumberOffset = TransportOffset + UdpHeader.LengthBytes;

    private readonly byte[] _frame = new byte[FrameBytes];
    private readonly ulong _headerSum;
    private readonly ulong _datagramSum;

    /// <summary>Makes a template.</summary>
    /// <param name="to">The station that the frames are for.</param>
    /// <param name="from">The station that they are from.</param>
    /// <param name="source">The address they are from.</param>
    /// <param name="destinationPort">The port they are for.</param>
    public DatagramTemplate(MacAddress to, MacAddress from, uint source, ushort destinationPort)
    {
        EthernetHeader.Write(_frame, to, from, EtherType.IPv4);
        Span<byte> network = _frame.AsSpan(NetworkOffset);
        Ipv4Header.Write(network, new Ipv4Fields(source, 0, IpProtocol.Udp, FrameBytes - NetworkOffset, 64, DontFragment: true));
        network.Slice(HeaderChecksumOffset - NetworkOffset, sizeof(ushort)).Clear();
        UdpHeader.Write(_frame.AsSpan(TransportOffset), 0, destinationPort, DatagramBytes, 0);
        for (int i = NumberOffset + sizeof(ulong); i < FrameBytes; i++)
        {
            _frame[i] = (byte)i;
        }

        _headerSum = InternetChecksum.Accumulate(network[..Ipv4Header.MinimumLengthBytes]);
        _datagramSum = InternetChecksum.Accumulate(
            _frame.AsSpan(TransportOffset), InternetChecksum.PseudoHeader(source, 0, (byte)IpProtocol.Udp, DatagramBytes));
    }

    /// <summary>Writes a frame into 60 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Span<byte> frame, uint destination, ushort sourcePort, ulong number)
    {
        // One look at the length, so that what the device of a workload costs stays small beside what is measured.
        frame = frame[..FrameBytes];
        Unsafe.CopyBlockUnaligned(ref MemoryMarshal.GetReference(frame), ref MemoryMarshal.GetArrayDataReference(_frame), FrameBytes);
        ulong header = InternetChecksum.Add(_headerSum, InternetChecksum.FromNetworkOrder(destination));
        ulong datagram = InternetChecksum.Add(
            _datagramSum, InternetChecksum.FromNetworkOrder((ulong)destination + sourcePort + (number >> 32) + (uint)number));
        BinaryPrimitives.WriteUInt16BigEndian(frame.Slice(HeaderChecksumOffset, sizeof(ushort)), InternetChecksum.Complete(header));
        BinaryPrimitives.WriteUInt32BigEndian(frame.Slice(DestinationOffset, sizeof(uint)), destination);
        BinaryPrimitives.WriteUInt16BigEndian(frame.Slice(TransportOffset, sizeof(ushort)), sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(frame.Slice(ChecksumOffset, sizeof(ushort)), InternetChecksum.Complete(datagram));
        BinaryPrimitives.WriteUInt64BigEndian(frame.Slice(NumberOffset, sizeof(ulong)), number);
    }

    /// <summary>The number that a frame carries.</summary>
    public static ulong ReadNumber(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt64BigEndian(frame[NumberOffset..]);

    /// <summary>Whether both checksums of a frame are right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsIntact(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> network = frame.Slice(NetworkOffset, Ipv4Header.MinimumLengthBytes);
        ulong pseudo = InternetChecksum.PseudoHeader(
            BinaryPrimitives.ReadUInt32BigEndian(network[12..]), BinaryPrimitives.ReadUInt32BigEndian(network[16..]),
            (byte)IpProtocol.Udp, DatagramBytes);
        return InternetChecksum.Fold(InternetChecksum.AccumulateIpv4Header(in network[0])) == ushort.MaxValue && InternetChecksum.Verify(frame.Slice(TransportOffset, DatagramBytes), pseudo);
    }
}
