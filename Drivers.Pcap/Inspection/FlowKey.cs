namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>The five-tuple of a conversation, the same for both directions: the lower end point stands first.</summary>
internal readonly record struct FlowKey(
    byte Transport, bool IsIpv6, UInt128 LowAddress, ushort LowPort, UInt128 HighAddress, ushort HighPort)
{
    public static FlowKey Of(in PacketFacts facts)
    {
        bool sourceIsLow = facts.Source < facts.Destination
            || (facts.Source == facts.Destination && facts.SourcePort <= facts.DestinationPort);
        return sourceIsLow
            ? new FlowKey(facts.Transport, facts.IsIpv6, facts.Source, facts.SourcePort, facts.Destination, facts.DestinationPort)
            : new FlowKey(facts.Transport, facts.IsIpv6, facts.Destination, facts.DestinationPort, facts.Source, facts.SourcePort);
    }
}
