using System.Runtime.CompilerServices;

namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>Counts how the checksums of a protocol turn out.</summary>
internal struct ChecksumTally
{
    private Verdicts _verdicts;

    public void Count(ChecksumVerdict verdict) => _verdicts[(int)verdict]++;

    public readonly ChecksumCount ToResult(CaptureProtocol protocol) => new(
        InspectionNames.Of(protocol),
        _verdicts[(int)ChecksumVerdict.Good],
        _verdicts[(int)ChecksumVerdict.Bad],
        _verdicts[(int)ChecksumVerdict.Unverified],
        _verdicts[(int)ChecksumVerdict.Absent]);

    [InlineArray(4)]
    private struct Verdicts
    {
        private long _first;
    }
}
