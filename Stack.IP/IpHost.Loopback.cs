using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

// Packets to ourselves.
public sealed partial class IpHost
{
    private readonly PacketBuffer[] _handedOver = new PacketBuffer[EthernetPort.BurstFrames];

    /// <summary>Sends a packet to ourselves, in the next turn. Takes the ownership.</summary>
    internal TransmitStatus TransmitLoopback(PacketBuffer packet, Instant now)
    {
        if (packet.Checksum == ChecksumState.ToBeFilled)
        {
            // It never leaves our memory.
            packet.Checksum = ChecksumState.Validated;
        }

        if (Shard is { Loopback: { } links } shard
            && shard.Group.Steering.ShardOfPacket(packet.Span) is var owner
            && shard.IsForeign(owner))
        {
            links.Append(owner, packet, now);
            return TransmitStatus.Sent;
        }

        return _loopback.Transmit(packet);
    }

    private int ReceiveLoopback(Instant now)
    {
        // Answers to these packets wait for the next turn: a packet that answers itself cannot hold the loop.
        int count = _loopback.Count;
        for (int i = 0; i < count; i++)
        {
            ReceiveLoopback(_loopback.Receive(), now);
        }

        if (Shard is { Loopback: { } links })
        {
            int handedOver = links.Receive(_handedOver, now);
            for (int i = 0; i < handedOver; i++)
            {
                ReceiveLoopback(_handedOver[i], now);
                _handedOver[i] = null!;
            }

            count += handedOver;
        }

        return count;
    }

    private void ReceiveLoopback(PacketBuffer packet, Instant now)
    {
        packet.NetworkStart = (ushort)packet.Start;
        Counters.Increment(Counter.FramesReceived);
        Counters.Add(Counter.BytesReceived, packet.TotalLength);
        _loopbackInterface.V4.Receive(packet, isLinkGroup: false, now);
    }
}
