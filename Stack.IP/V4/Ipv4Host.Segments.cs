using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

// Packets that stand for several: cut here where the device does not do it, and put together here where it has not.
internal sealed partial class Ipv4Host
{
    private readonly SegmentCoalescer _coalescer;

    /// <summary>The frames of a burst have all been received.</summary>
    public void Complete(Instant now) => _coalescer.Complete(now);

    private static DeviceOffloads SegmentationOf(GsoType type) => type switch
    {
        GsoType.TcpV4 => DeviceOffloads.SegmentTcpV4,
        GsoType.TcpV6 => DeviceOffloads.SegmentTcpV6,
        _ => DeviceOffloads.SegmentUdp,
    };

    /// <summary>Sends a packet in the parts that it stands for. Takes the ownership.</summary>
    private TransmitStatus TransmitSegments(
        PacketBuffer packet, IpPath path, IpProtocol protocol, in IpSendOptions options, Instant now)
    {
        SuperPacket whole = new(packet);
        if (!whole.IsValid)
        {
            _pool.Drop(packet, DropReason.OffloadFactsMalformed);
            return TransmitStatus.TooBig;
        }

        TransmitStatus status = TransmitStatus.Sent;
        while (!whole.IsDone && status != TransmitStatus.NoRoom)
        {
            if (whole.TryCut(path.Source.ValueV4, path.Destination.ValueV4) is not { } part)
            {
                _pool.Drop(packet, DropReason.PoolExhausted);
                return TransmitStatus.OutOfMemory;
            }

            status = Transmit(part, path, protocol, options, now);
        }

        _pool.Return(packet);
        return status;
    }
}
