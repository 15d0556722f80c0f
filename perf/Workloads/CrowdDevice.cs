using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.Tcp;

namespace NetStack.Workloads;

/// <summary>
/// A device behind which a crowd of peers stands, each with an address and a port made from its number: it plays their
/// segments, and reads the initial sequence numbers out of the answers to their SYNs.
/// </summary>
internal sealed class CrowdDevice : IEthernetDevice
{
    /// <summary>The port that all peers are connected to.</summary>
    public const ushort ServerPort = 80;

    /// <summary>The initial sequence number of every peer.</summary>
    private const uint PeerSequence = 1000;

    private const int IpHeaderBytes = 20;
    private const int FrameBytes = IpHeaderBytes + TcpHeader.MinimumLengthBytes + SegmentOptions.PaddedTimestampsLengthBytes;
    private const int Addresses = 4096;
    private const int FirstPort = 1024;
    private const uint FirstAddress = 10 << 24 | 1 << 16;
    private const uint ServerAddress = 10 << 24 | 1;
    private const byte TcpProtocol = 6;
    private const ushort PeerWindow = 1000;

    private readonly byte[] _template = new byte[FrameBytes];
    private readonly uint[] _initialSequences;
    private ReadOnlyMemory<PeerSegment> _toPlay;
    private PacketPool? _pool;

    public CrowdDevice(int peers)
    {
        _initialSequences = new uint[peers];
        WriteTemplate();
    }

    public string Name => "crowd";

    public MacAddress Address => default;

    public DeviceCapabilities Capabilities => new(DeviceMedium.Ip, 1500);

    /// <summary>The SYN of a peer.</summary>
    public static PeerSegment MakeSyn(int peer) => new(AddressOf(peer), PortOf(peer), TcpFlags.Syn, PeerSequence, 0);

    /// <summary>The acknowledgment of a peer that answers our SYN,ACK, and says nothing new from then on.</summary>
    public PeerSegment MakeAcknowledgment(int peer) => new(
        AddressOf(peer), PortOf(peer), TcpFlags.Acknowledgment, PeerSequence + 1, _initialSequences[peer] + 1);

    /// <summary>Plays segments from the next <see cref="Receive"/> on. All must have been taken of those before.</summary>
    public void Play(ReadOnlyMemory<PeerSegment> segments) => _toPlay = segments;

    public void Attach(PacketPool pool, Action wake) => _pool = pool;

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = Math.Min(burst.Length, _toPlay.Length);
        ReadOnlySpan<PeerSegment> segments = _toPlay.Span[..count];
        for (int i = 0; i < segments.Length; i++)
        {
            PacketBuffer packet = _pool!.TryLease()!;
            Write(segments[i], packet.Extend(FrameBytes));
            burst[i] = packet;
        }

        _toPlay = _toPlay[count..];
        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        foreach (PacketBuffer packet in burst)
        {
            ReadOnlySpan<byte> bytes = packet.Span;
            if (TcpHeader.TryParse(bytes[IpHeaderBytes..], out TcpHeader header, out _) && (header.Flags & TcpFlags.Syn) != 0)
            {
                uint address = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
                _initialSequences[PeerOf(address, header.DestinationPort)] = header.Sequence.Value;
            }

            packet.Pool.Return(packet);
        }

        return burst.Length;
    }

    public void Reclaim()
    {
        // Frames are read as they are sent.
    }

    public IDeviceWaiter? CreateWaiter() => null;

    public void Dispose()
    {
        // Holds nothing but managed memory.
    }

    private static uint AddressOf(int peer) => FirstAddress + (uint)(peer % Addresses);

    private static ushort PortOf(int peer) => (ushort)(FirstPort + peer / Addresses);

    private static int PeerOf(uint address, ushort port) => (port - FirstPort) * Addresses + (int)(address - FirstAddress);

    private void WriteTemplate()
    {
        Span<byte> ip = _template;
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], FrameBytes);
        ip[8] = 64;
        ip[9] = TcpProtocol;
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], ServerAddress);
        SegmentOptions.WriteTimestamps(ip[(IpHeaderBytes + TcpHeader.MinimumLengthBytes)..], 1, 0);
    }

    private void Write(in PeerSegment segment, Span<byte> frame)
    {
        _template.CopyTo(frame);
        BinaryPrimitives.WriteUInt32BigEndian(frame[12..], segment.Address);
        BinaryPrimitives.WriteUInt16BigEndian(frame[10..], InternetChecksum.Compute(frame[..IpHeaderBytes]));
        Span<byte> tcp = frame[IpHeaderBytes..];
        TcpHeader.Write(
            tcp, segment.Port, ServerPort, new SequenceNumber(segment.Sequence), new SequenceNumber(segment.Acknowledgment),
            segment.Flags, PeerWindow);
        ulong pseudoHeader = InternetChecksum.PseudoHeader(segment.Address, ServerAddress, TcpProtocol, (uint)tcp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[TcpHeader.ChecksumOffset..], InternetChecksum.Compute(tcp, pseudoHeader));
    }
}
