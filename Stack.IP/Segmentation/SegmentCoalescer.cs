using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>
/// Puts TCP segments of one flow that came one after the other in a burst together, so that TCP goes over them, and
/// acknowledges them, once (generic receive offload). Nothing waits longer than to the end of its burst.
/// </summary>
/// <remarks>
/// Only what says the same is put together: data in sequence, with the same acknowledgment, window, options and traffic
/// class, no flags but ACK and PSH. Packets marked by a router are counted by accurate ECN (RFC 9768 §3.2), and so stay apart.
/// Whatever else comes of a flow finds what came before it delivered.
/// </remarks>
internal sealed class SegmentCoalescer(PacketPool pool)
{
    /// <summary>The flows that segments are held of at a time.</summary>
    private const int Flows = 8;

    private const int LargestBytes = 65_000;
    private const int HeaderBytes = TcpFields.MinimumLengthBytes;
    private const byte CongestionExperienced = 3;

    private readonly Held[] _held = new Held[Flows];
    private ITransportProtocol? _tcp;
    private int _count;

    /// <summary>Whether a burst is being received.</summary>
    public bool IsOpen => _tcp is not null;

    /// <summary>A burst of several frames is about to be received.</summary>
    public void Begin(ITransportProtocol tcp) => _tcp = tcp;

    /// <summary>The burst is over: delivers what is held.</summary>
    public void Complete(Instant now)
    {
        for (int i = 0; i < _count; i++)
        {
            Deliver(ref _held[i], now);
        }

        _count = 0;
        _tcp = null;
    }

    /// <summary>A packet of TCP has arrived, its IP header stripped. Takes the ownership.</summary>
    public void Receive(PacketBuffer packet, in IpFacts facts, Instant now)
    {
        ReadOnlySpan<byte> header = packet.Span;
        if (header.Length < HeaderBytes)
        {
            _tcp!.Receive(packet, facts, now);
            return;
        }

        int index = Find(header, facts);
        bool isCandidate = IsCandidate(packet, header, facts, out int headerBytes);
        if (index >= 0)
        {
            ref Held held = ref _held[index];
            if (isCandidate && held.Packet is not null && Continues(held, header, headerBytes, packet.Length - headerBytes, facts))
            {
                Append(ref held, packet, headerBytes, now);
                return;
            }

            Deliver(ref held, now);
            if (isCandidate)
            {
                Hold(ref held, packet, header, headerBytes, facts);
                return;
            }
        }
        else if (isCandidate && _count < Flows)
        {
            Hold(ref _held[_count++], packet, header, headerBytes, facts);
            return;
        }

        _tcp!.Receive(packet, facts, now);
    }

    private int Find(ReadOnlySpan<byte> header, in IpFacts facts)
    {
        uint ports = BinaryPrimitives.ReadUInt32BigEndian(header);
        for (int i = 0; i < _count; i++)
        {
            ref readonly Held held = ref _held[i];
            if (held.Ports == ports && held.Facts.Source == facts.Source && held.Facts.Destination == facts.Destination)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether a segment may stand with others: data and nothing special, in one block, and intact.</summary>
    private static bool IsCandidate(PacketBuffer packet, ReadOnlySpan<byte> header, in IpFacts facts, out int headerBytes)
    {
        headerBytes = TcpFields.LengthBytes(header);
        if (packet.Next is not null
            || packet.Gso != GsoType.None
            || (facts.TrafficClass & CongestionExperienced) == CongestionExperienced
            || (header[TcpFields.DataOffset] & TcpFields.ReservedBits) != 0
            || (header[TcpFields.Flags] & ~TcpFields.Push) != TcpFields.Acknowledges
            || headerBytes < HeaderBytes
            || headerBytes >= header.Length)
        {
            return false;
        }

        if (packet.Checksum == ChecksumState.None)
        {
            ulong pseudo = InternetChecksum.PseudoHeader(
                facts.Source.ValueV4, facts.Destination.ValueV4, (byte)IpProtocol.Tcp, (uint)header.Length);
            if (!InternetChecksum.Verify(header, pseudo))
            {
                return false;
            }

            packet.Checksum = ChecksumState.Validated;
        }

        return true;
    }

    /// <summary>Whether a segment is the next one, and says of all else what the held ones say.</summary>
    private static bool Continues(in Held held, ReadOnlySpan<byte> header, int headerBytes, int payloadBytes, in IpFacts facts)
    {
        ReadOnlySpan<byte> first = held.Packet!.Span;
        return BinaryPrimitives.ReadUInt32BigEndian(header[TcpFields.Sequence..]) == held.NextSequence
            && headerBytes == held.HeaderBytes
            && payloadBytes <= held.SizeBytes
            && held.PayloadBytes + payloadBytes <= LargestBytes
            && facts.TrafficClass == held.Facts.TrafficClass
            && BinaryPrimitives.ReadUInt32BigEndian(header[TcpFields.Acknowledgment..]) == BinaryPrimitives.ReadUInt32BigEndian(first[TcpFields.Acknowledgment..])
            && BinaryPrimitives.ReadUInt16BigEndian(header[TcpFields.Window..]) == BinaryPrimitives.ReadUInt16BigEndian(first[TcpFields.Window..])
            && header[HeaderBytes..headerBytes].SequenceEqual(first[HeaderBytes..headerBytes]);
    }

    private static void Hold(ref Held held, PacketBuffer packet, ReadOnlySpan<byte> header, int headerBytes, in IpFacts facts)
    {
        held.Ports = BinaryPrimitives.ReadUInt32BigEndian(header);
        held.Packet = held.Last = packet;
        held.Facts = facts;
        held.HeaderBytes = headerBytes;
        held.SizeBytes = held.PayloadBytes = header.Length - headerBytes;
        held.NextSequence = BinaryPrimitives.ReadUInt32BigEndian(header[TcpFields.Sequence..]) + (uint)held.PayloadBytes;
    }

    private void Append(ref Held held, PacketBuffer packet, int headerBytes, Instant now)
    {
        byte push = (byte)(packet.Span[TcpFields.Flags] & TcpFields.Push);
        packet.RemoveFront(headerBytes);
        int payloadBytes = packet.Length;
        held.Packet!.Span[TcpFields.Flags] |= push;
        held.Packet.Gso = GsoType.TcpV4;
        held.Packet.GsoSizeBytes = (ushort)held.SizeBytes;
        held.Last!.Append(packet);
        held.Last = packet;
        held.PayloadBytes += payloadBytes;
        held.NextSequence += (uint)payloadBytes;

        // What becomes of the first frame counts for it; the others have come to where they were going.
        pool.Counters.Increment(Counter.FramesDelivered);
        if (push != 0 || payloadBytes < held.SizeBytes)
        {
            Deliver(ref held, now);
        }
    }

    private void Deliver(ref Held held, Instant now)
    {
        if (held.Packet is { } packet)
        {
            held.Packet = held.Last = null;
            _tcp!.Receive(packet, held.Facts, now);
        }
    }

    /// <summary>The segments of one flow; without a packet its place is kept until the burst is over.</summary>
    private struct Held
    {
        public PacketBuffer? Packet;
        public PacketBuffer? Last;
        public IpFacts Facts;
        public uint Ports;
        public uint NextSequence;
        public int HeaderBytes;
        public int SizeBytes;
        public int PayloadBytes;
    }
}
