using NetStack.Core;

namespace NetStack.IP;

// Datagrams of one flow that a device has put together: each has the same headers, and all but the last the same length.
public sealed partial class UdpDemultiplexer
{
    /// <summary>Takes a super-frame apart. Takes the ownership of its payload.</summary>
    /// <remarks>It counts as the frames that it stands for: each of its datagrams is delivered, or dropped by name.</remarks>
    private void ReceiveSegments(
        PacketBuffer payload, UdpEndpoint endpoint, in IpFacts facts, ushort sourcePort, ushort destinationPort)
    {
        int totalBytes = payload.TotalLength;
        int sizeBytes = payload.GsoSizeBytes;
        int count = 0;
        for (int offset = 0; offset < totalBytes; offset += sizeBytes)
        {
            count++;
            if (PacketChain.TryCopy(payload, offset, Math.Min(sizeBytes, totalBytes - offset)) is not { } datagram)
            {
                _counters.CountDrop(DropReason.PoolExhausted);
            }
            else if (!endpoint.TryAppend(datagram, facts, sourcePort, destinationPort))
            {
                _pool.Drop(datagram, DropReason.UdpQueueFull);
            }
            else
            {
                _counters.Increment(Counter.FramesDelivered);
                _counters.Increment(Counter.UdpDatagramsReceived);
            }
        }

        _counters.Add(Counter.FramesReceived, count - 1);
        _pool.Return(payload);
    }
}
