using NetStack.Core;

namespace NetStack.IP.Tests;

/// <summary>A transport that keeps what it is given.</summary>
internal sealed class RecordingTransport : ITransportProtocol
{
    public List<(IpFacts Facts, byte[] Data)> Packets { get; } = [];

    public List<(IcmpError Error, byte[] Quote)> Errors { get; } = [];

    public List<FlowEnds> Flows { get; } = [];

    public bool IsExpecting { get; init; }

    public bool BelievesErrors { get; init; } = true;

    public void Expect(ReadOnlySpan<FlowEnds> flows)
    {
        // Told of before they come, or not at all.
        Assert.Empty(Packets);
        Flows.AddRange(flows);
    }

    public void Receive(PacketBuffer packet, in IpFacts facts, Instant now)
    {
        byte[] data = new byte[packet.TotalLength];
        packet.CopyTo(data);
        Packets.Add((facts, data));
        packet.Pool.Counters.Increment(Counter.FramesDelivered);
        packet.Pool.Return(packet);
    }

    public bool ErrorReceived(in IcmpError error, ReadOnlySpan<byte> quote, Instant now)
    {
        Errors.Add((error, quote.ToArray()));
        return BelievesErrors;
    }

    public bool TryTransmit(Instant now) => false;
}
