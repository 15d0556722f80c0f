namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>What walking through the headers of one packet found.</summary>
internal struct PacketFacts
{
    /// <summary>A bit for each <see cref="CaptureProtocol"/>.</summary>
    public uint Protocols;

    public CaptureFault Fault;
    public ChecksumVerdict Ipv4Checksum;
    public ChecksumVerdict TransportChecksum;

    /// <summary>
    /// The end points of the conversation, which the transport checksum covers: an IPv6 routing header or home address
    /// option makes them other than those of the header. An IPv4 address stands in the lowest 32 bits.
    /// </summary>
    public UInt128 Source;
    public UInt128 Destination;

    public bool IsIpv6;

    /// <summary>Puts fragments together.</summary>
    public FragmentStore Fragments;

    /// <summary>Whether this is a fragment that was not put together with the others.</summary>
    public bool IsFragment;

    /// <summary>Whether the packet completed a datagram, whose headers are walked now.</summary>
    public bool IsReassembled;

    /// <summary>Whether the packet lacks the bytes that its IP header promises.</summary>
    public bool IsCut;

    /// <summary>Whether ports were found, so that the packet belongs to a flow.</summary>
    public bool HasPorts;

    /// <summary><see cref="TransportWalker.Udp"/> or <see cref="TransportWalker.Tcp"/>, where there are ports.</summary>
    public byte Transport;
    public ushort SourcePort;
    public ushort DestinationPort;

    public byte TcpFlags;
    public uint TcpSequence;
    public uint TcpAcknowledgment;
    public int TcpPayloadLength;

    /// <summary>Records a layer.</summary>
    public void Meet(CaptureProtocol protocol) => Protocols |= 1u << (int)protocol;

    /// <summary>Whether a layer was met.</summary>
    public readonly bool Has(CaptureProtocol protocol) => (Protocols & 1u << (int)protocol) != 0;

    /// <summary>Records a fault; the first one stands.</summary>
    public void Blame(CaptureFault fault)
    {
        if (Fault == CaptureFault.None)
        {
            Fault = fault;
        }
    }
}
