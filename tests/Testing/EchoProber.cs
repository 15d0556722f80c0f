using NetStack.Core;
using NetStack.IP;

namespace NetStack.Testing.Tests;

/// <summary>Sends datagrams of known content and remembers which came back and when.</summary>
internal sealed class EchoProber(StreamContent content, int lengthBytes) : UdpApplication
{
    public List<Instant> Answers { get; } = [];

    public void Probe(IpEndPoint destination, Instant now)
    {
        PacketBuffer datagram = Host.Pool.TryLease()!;
        content.Write(0, datagram.Extend(lengthBytes));
        Assert.Equal(UdpSendStatus.Sent, Endpoint.Send(datagram, destination, now));
    }

    protected override void Happened(UdpEvents events, Instant now)
    {
        while (Endpoint.TryReceive(out UdpDatagram datagram))
        {
            Assert.Equal(lengthBytes, datagram.Packet.TotalLength);
            Assert.Equal(-1, content.FindDifference(0, datagram.Packet.Span));
            Answers.Add(now);
            Host.Pool.Return(datagram.Packet);
        }
    }
}
