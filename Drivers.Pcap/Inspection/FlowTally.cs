using System.Buffers.Binary;
using System.Net;

namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>A conversation being counted; its first packet's sender is side A.</summary>
internal sealed class FlowTally
{
    private readonly byte _transport;
    private readonly bool _isIpv6;
    private readonly UInt128 _addressA;
    private readonly UInt128 _addressB;
    private readonly ushort _portA;
    private readonly ushort _portB;
    private FlowSide _sideA;
    private FlowSide _sideB;
    private long _first;
    private long _last;
    private bool _hasTime;

    public FlowTally(in PacketFacts facts)
    {
        _transport = facts.Transport;
        _isIpv6 = facts.IsIpv6;
        _addressA = facts.Source;
        _addressB = facts.Destination;
        _portA = facts.SourcePort;
        _portB = facts.DestinationPort;
    }

    /// <summary>Whether the packet is the first of another connection between the same end points.</summary>
    public bool IsReusedBy(in PacketFacts facts) =>
        _transport == TransportWalker.Tcp && (IsFromA(in facts) ? _sideA : _sideB).IsReusedBy(in facts);

    public void Count(in PacketFacts facts, in CaptureRecord record)
    {
        ref FlowSide side = ref (IsFromA(in facts) ? ref _sideA : ref _sideB);
        side.Count(Math.Max(record.OriginalLength, (uint)record.CapturedLength));
        if (_transport == TransportWalker.Tcp)
        {
            side.CountSegment(in facts);
        }

        if (record.HasTimestamp)
        {
            _first = _hasTime ? Math.Min(_first, record.TimestampNanoseconds) : record.TimestampNanoseconds;
            _last = _hasTime ? Math.Max(_last, record.TimestampNanoseconds) : record.TimestampNanoseconds;
            _hasTime = true;
        }
    }

    public CaptureFlow ToResult() => new(
        _transport == TransportWalker.Tcp ? "tcp" : "udp",
        Address(_addressA),
        _portA,
        Address(_addressB),
        _portB,
        Side(in _sideA),
        Side(in _sideB),
        _hasTime ? _first : null,
        _hasTime ? _last : null);

    private static CaptureFlowSide Side(in FlowSide side) => new(
        side.Packets, side.Bytes, side.SynCount, side.FinCount, side.RstCount, side.Retransmissions);

    private bool IsFromA(in PacketFacts facts) => facts.Source == _addressA && facts.SourcePort == _portA;

    private string Address(UInt128 address)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return new IPAddress(_isIpv6 ? bytes : bytes[12..]).ToString();
    }
}
