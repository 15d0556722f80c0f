using NetStack.Core;
using NetStack.IP;

namespace NetStack.Testing.Tests;

/// <summary>Sends every datagram back to where it came from.</summary>
internal sealed class EchoResponder : UdpApplication
{
    public int Answered { get; private set; }

    protected override void Happened(UdpEvents events, Instant now)
    {
        while (Endpoint.TryReceive(out UdpDatagram datagram))
        {
            Answered++;
            Assert.Equal(UdpSendStatus.Sent, Endpoint.Send(datagram.Packet, datagram.Source, now));
        }
    }
}
