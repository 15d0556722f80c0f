namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>What one side of a conversation sent.</summary>
internal struct FlowSide
{
    private const byte Fin = 0x01;
    private const byte Syn = 0x02;
    private const byte Rst = 0x04;

    public long Packets;
    public long Bytes;
    public long SynCount;
    public long FinCount;
    public long RstCount;
    public long Retransmissions;

    /// <summary>The initial sequence number, as far as the packets so far tell.</summary>
    public uint InitialSequence;
    public bool HasInitialSequence;

    private uint _next;
    private bool _hasNext;

    public void Count(uint frameBytes)
    {
        Packets++;
        Bytes += frameBytes;
    }

    /// <summary>Whether the segment opens a new connection between the same end points.</summary>
    public readonly bool IsReusedBy(in PacketFacts facts) =>
        (facts.TcpFlags & (Syn | 0x10)) == Syn && HasInitialSequence && facts.TcpSequence != InitialSequence;

    /// <summary>Counts what a segment of this side shows.</summary>
    public void CountSegment(in PacketFacts facts)
    {
        bool syn = (facts.TcpFlags & Syn) != 0;
        bool fin = (facts.TcpFlags & Fin) != 0;
        bool rst = (facts.TcpFlags & Rst) != 0;
        SynCount += syn ? 1 : 0;
        FinCount += fin ? 1 : 0;
        RstCount += rst ? 1 : 0;
        if (!HasInitialSequence || (syn && facts.TcpSequence != InitialSequence))
        {
            InitialSequence = syn ? facts.TcpSequence : facts.TcpSequence - 1;
            HasInitialSequence = true;
        }

        if (!rst)
        {
            CountSequence(facts.TcpSequence, facts.TcpPayloadLength, syn || fin);
        }
    }

    private void CountSequence(uint sequence, int payloadBytes, bool hasFlag)
    {
        uint length = (uint)payloadBytes + (hasFlag ? 1u : 0u);
        if (length == 0)
        {
            return;
        }

        uint end = sequence + length;
        if (!_hasNext)
        {
            _hasNext = true;
            _next = end;
            return;
        }

        bool isKeepAlive = payloadBytes <= 1 && !hasFlag && sequence == _next - 1;
        if (!isKeepAlive && (int)(sequence - _next) < 0)
        {
            Retransmissions++;
        }

        if ((int)(end - _next) > 0)
        {
            _next = end;
        }
    }
}
