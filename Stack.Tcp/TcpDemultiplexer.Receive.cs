using System.Buffers.Binary;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

// What comes from below: segments for connections, for listen endpoints, for nobody. RFC 9293 §3.10.7.1, §3.10.7.2.
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
    public void ErrorReceived(in IcmpError error, ReadOnlySpan<byte> quote, Instant now)
    {
        IpEndPoint local = new(error.Source, BinaryPrimitives.ReadUInt16BigEndian(quote));
        IpEndPoint remote = new(error.Destination, BinaryPrimitives.ReadUInt16BigEndian(quote[2..]));
        if (_table.Find(local, remote) is TcpConnection connection)
        {
            connection.ErrorReceived(error, new SequenceNumber(BinaryPrimitives.ReadUInt32BigEndian(quote[4..])), now);
        }
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
        segment.UrgentPointer = (header.Flags & TcpFlags.Urgent) != 0 ? header.UrgentPointer : (ushort)0;
        local = new IpEndPoint(facts.Destination, header.DestinationPort);
        remote = new IpEndPoint(facts.Source, header.SourcePort);
        packet.RemoveFront(headerBytes);
        segment.PayloadBytes = packet.Next is null ? packet.Length : packet.TotalLength;
        return true;
    }

    /// <remarks>RFC 9293 §3.10.7.2.</remarks>
    private void SegmentArrivesInListen(
        TcpListenEndpoint listener,
        in IpEndPoint local,
        in IpEndPoint remote,
        ref Segment segment,
        PacketBuffer packet,
        SequenceNumber? after,
        Instant now)
    {
        if (segment.IsReset)
        {
            // "An incoming RST segment could not be valid since it could not have been sent in response to anything sent by
            // this incarnation of the connection. An incoming RST should be ignored."
            Host.Pool.Drop(packet, DropReason.TcpStrayReset);
            return;
        }

        if (segment.IsAcknowledgment)
        {
            // "Any acknowledgment is bad if it arrives on a connection still in the LISTEN state."
            SendReset(local, remote, segment, now);
            Host.Pool.Drop(packet, DropReason.TcpNoConnection);
            return;
        }

        if (!segment.IsSyn)
        {
            Host.Pool.Drop(packet, DropReason.TcpBadFlags);
            return;
        }

        if (!listener.HasRoom || ConnectionCount >= Options.MaximumConnections)
        {
            Host.Pool.Drop(packet, DropReason.TcpBacklogFull);
            return;
        }

        if (Host.FindPath(remote.Address, local.Address) is not { } path)
        {
            Host.Pool.Drop(packet, DropReason.NoRoute);
            return;
        }

        TcpConnection connection = new(this, local, remote, listener.Options, path);
        _table.Add(connection);
        listener.Add(connection);
        connection.OpenPassively(
            listener, InitialSequence(local, remote, after, now), TimestampOffset(local, remote), segment, now);
        connection.TextArrivesWithSyn(ref segment, packet, now);
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

        if (_strayResets.TryPass(now, Options.StrayResetsPerSecond, Duration.FromSeconds(1)))
        {
            SendReset(local, remote, segment, now);
        }

        Host.Pool.Drop(packet, DropReason.TcpNoConnection);
    }
}
