using System.Buffers.Binary;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

// What comes from below: segments for connections, for listen endpoints, for nobody. RFC 9293 §3.10.7.1.
public sealed partial class TcpDemultiplexer
{
    /// <inheritdoc/>
    public void Receive(PacketBuffer packet, in IpFacts facts, Instant now)
    {
        ArgumentNullException.ThrowIfNull(packet);
        if (!TryParse(packet, facts, out Segment segment, out IpEndPoint local, out IpEndPoint remote, out DropReason reason))
        {
            Host.Pool.Drop(packet, reason);
            return;
        }

        Host.Counters.Increment(Counter.TcpSegmentsReceived);
        ControlBlock? block = _table.Find(local, remote);
        if (block is TcpConnection connection)
        {
            connection.SegmentArrives(ref segment, packet, now);
            return;
        }

        SequenceNumber? after = null;
        if (block is TimeWaitBlock old)
        {
            // A new connection may take the place of the old one only where somebody takes it in.
            bool mayReplace = FindListener(local) is { HasRoom: true };
            if (old.SegmentArrives(segment, packet, mayReplace, now))
            {
                return;
            }

            after = old.SendNext;
            RemoveTimeWait(old);
        }

        if (FindListener(local) is { } listener)
        {
            SegmentArrivesInListen(listener, local, remote, ref segment, packet, after, now);
        }
        else
        {
            SegmentArrivesInClosed(local, remote, segment, packet, now);
        }
    }

    /// <inheritdoc/>
    public bool ErrorReceived(in IcmpError error, ReadOnlySpan<byte> quote, Instant now)
    {
        IpEndPoint local = new(error.Source, BinaryPrimitives.ReadUInt16BigEndian(quote));
        IpEndPoint remote = new(error.Destination, BinaryPrimitives.ReadUInt16BigEndian(quote[2..]));
        return _table.Find(local, remote) is TcpConnection connection
            && connection.ErrorReceived(error, new SequenceNumber(BinaryPrimitives.ReadUInt32BigEndian(quote[4..])));
    }

    /// <summary>Checks a packet and reads its header, which is stripped.</summary>
    private static bool TryParse(
        PacketBuffer packet,
        in IpFacts facts,
        out Segment segment,
        out IpEndPoint local,
        out IpEndPoint remote,
        out DropReason reason)
    {
        segment = default;
        local = remote = default;
        if (!TcpHeader.TryParse(packet.Span, out TcpHeader header, out reason))
        {
            return false;
        }

        reason = DropReason.TcpBadChecksum;
        if (packet.Checksum == ChecksumState.None && !SegmentChecksum.Verify(packet, facts.Source, facts.Destination))
        {
            return false;
        }

        reason = DropReason.TcpBadPort;
        if (header.SourcePort == 0 || header.DestinationPort == 0 || !facts.IsUnicast)
        {
            return false;
        }

        reason = DropReason.TcpBadOptions;
        int headerBytes = header.LengthBytes;
        if (headerBytes > TcpHeader.MinimumLengthBytes && !SegmentOptions.TryParse(header.Options, out segment.Options))
        {
            return false;
        }

        segment.Sequence = header.Sequence;
        segment.Acknowledgment = header.Acknowledgment;
        segment.Window = header.Window;
        segment.Flags = header.Flags;
        segment.Codepoint = (EcnCodepoint)(facts.TrafficClass & 3);
        segment.UrgentPointer = (header.Flags & TcpFlags.Urgent) != 0 ? header.UrgentPointer : (ushort)0;
        local = new IpEndPoint(facts.Destination, header.DestinationPort);
        remote = new IpEndPoint(facts.Source, header.SourcePort);
        packet.RemoveFront(headerBytes);
        segment.PayloadBytes = packet.Next is null ? packet.Length : packet.TotalLength;
        return true;
    }

    /// <remarks>RFC 9293 §3.10.7.1.</remarks>
    private void SegmentArrivesInClosed(
        in IpEndPoint local, in IpEndPoint remote, in Segment segment, PacketBuffer packet, Instant now)
    {
        if (segment.IsReset)
        {
            Host.Pool.Drop(packet, DropReason.TcpStrayReset);
            return;
        }

        RefuseStray(local, remote, segment, packet, now);
    }

    /// <summary>Answers a segment that belongs to nobody with a reset, so many in a second.</summary>
    private void RefuseStray(
        in IpEndPoint local, in IpEndPoint remote, in Segment segment, PacketBuffer packet, Instant now)
    {
        if (_strayResets.TryPass(now, Options.StrayResetsPerSecond, Duration.FromSeconds(1)))
        {
            SendReset(local, remote, segment, now);
        }

        Host.Pool.Drop(packet, DropReason.TcpNoConnection);
    }
}
