using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>Counts the packets of a capture, one after another.</summary>
internal sealed class CaptureTally
{
    // The protocols whose checksums are told apart, each with a verdict of its own.
    private static readonly CaptureProtocol[] Summed =
        [CaptureProtocol.Ipv4, CaptureProtocol.Icmp, CaptureProtocol.Icmpv6, CaptureProtocol.Udp, CaptureProtocol.Tcp];

    private readonly long[] _protocolPackets = new long[32];
    private readonly long[] _protocolBytes = new long[32];
    private readonly long[] _faultPackets = new long[64];
    private readonly long[] _faultBytes = new long[64];
    private readonly ChecksumTally[] _checksums = new ChecksumTally[Summed.Length];
    private readonly SortedDictionary<CaptureLinkType, (long Packets, long Bytes)> _linkTypes = [];
    private readonly FlowTable _flows = new();
    private readonly FragmentStore _fragments = new();
    private long _packets;
    private long _bytes;
    private long _capturedBytes;
    private long _first;
    private long _last;
    private bool _hasTime;

    public void Count(in CaptureRecord record)
    {
        uint length = Math.Max(record.OriginalLength, (uint)record.CapturedLength);
        _packets++;
        _bytes += length;
        _capturedBytes += record.CapturedLength;
        (long Packets, long Bytes) linkType = _linkTypes.GetValueOrDefault(record.LinkType);
        _linkTypes[record.LinkType] = (linkType.Packets + 1, linkType.Bytes + length);
        if (record.HasTimestamp)
        {
            _first = _hasTime ? Math.Min(_first, record.TimestampNanoseconds) : record.TimestampNanoseconds;
            _last = _hasTime ? Math.Max(_last, record.TimestampNanoseconds) : record.TimestampNanoseconds;
            _hasTime = true;
        }

        var facts = new PacketFacts { Fragments = _fragments };
        LinkWalker.Walk(record.LinkType, new Octets(record.Data, (int)Math.Min(length, int.MaxValue)), ref facts);
        CountFacts(in facts, length);
        if (facts.HasPorts)
        {
            _flows.Count(in facts, in record);
        }
    }

    public CaptureInspection ToResult(CaptureReader reader)
    {
        var linkTypes = new List<CaptureCount>();
        foreach ((CaptureLinkType linkType, (long packets, long bytes)) in _linkTypes)
        {
            linkTypes.Add(new CaptureCount(InspectionNames.Of(linkType), packets, bytes));
        }

        var protocols = new List<CaptureCount>();
        foreach (CaptureProtocol protocol in Enum.GetValues<CaptureProtocol>())
        {
            if (_protocolPackets[(int)protocol] > 0)
            {
                protocols.Add(new CaptureCount(
                    InspectionNames.Of(protocol), _protocolPackets[(int)protocol], _protocolBytes[(int)protocol]));
            }
        }

        var checksums = new List<ChecksumCount>();
        for (int index = 0; index < Summed.Length; index++)
        {
            if (_protocolPackets[(int)Summed[index]] > 0)
            {
                checksums.Add(_checksums[index].ToResult(Summed[index]));
            }
        }

        return new CaptureInspection(
            reader.Format == CaptureFormat.Pcap ? "pcap" : "pcapng",
            _packets,
            _bytes,
            _capturedBytes,
            _hasTime ? _first : null,
            _hasTime ? _last : null,
            linkTypes,
            protocols,
            checksums,
            _flows.ToResult(),
            _flows.UntrackedPackets,
            Drops(),
            reader.Error);
    }

    private List<CaptureCount> Drops()
    {
        var drops = new List<CaptureCount>();
        foreach (CaptureFault fault in Enum.GetValues<CaptureFault>())
        {
            if (fault != CaptureFault.None && _faultPackets[(int)fault] > 0)
            {
                drops.Add(new CaptureCount(InspectionNames.Of(fault), _faultPackets[(int)fault], _faultBytes[(int)fault]));
            }
        }

        return drops;
    }

    private void CountFacts(in PacketFacts facts, uint length)
    {
        _faultPackets[(int)facts.Fault]++;
        _faultBytes[(int)facts.Fault] += length;
        for (int protocol = 0; facts.Protocols >> protocol != 0; protocol++)
        {
            if ((facts.Protocols >> protocol & 1) != 0)
            {
                _protocolPackets[protocol]++;
                _protocolBytes[protocol] += length;
            }
        }

        for (int index = 0; index < Summed.Length; index++)
        {
            if (facts.Has(Summed[index]))
            {
                _checksums[index].Count(Summed[index] == CaptureProtocol.Ipv4 ? facts.Ipv4Checksum : facts.TransportChecksum);
            }
        }
    }
}
