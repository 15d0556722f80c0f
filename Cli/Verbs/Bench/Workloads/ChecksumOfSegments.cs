using NetStack.Core;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>The checksum of 1,460 bytes that lie in the cache, over and over.</summary>
internal sealed class ChecksumOfSegments : IWorkload
{
    private const int SegmentBytes = 1460;
    private const int SumsPerTurn = 64;

    private readonly byte[] _segment = new byte[SegmentBytes];
    private readonly ushort _expected;

    public ChecksumOfSegments()
    {
        new SeededEntropy(1).Fill(_segment);
        uint sum = 0;
        for (int i = 0; i < SegmentBytes; i += 2)
        {
            sum += (uint)((_segment[i] << 8) | _segment[i + 1]);
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        _expected = (ushort)~(sum + (sum >> 16));
    }

    public long Packets { get; private set; }

    public long Bytes => Packets * SegmentBytes;

    public string? Fault { get; private set; }

    public void Turn()
    {
        for (int i = 0; i < SumsPerTurn; i++)
        {
            if (InternetChecksum.Compute(_segment) != _expected)
            {
                Fault ??= "a checksum is wrong";
            }
        }

        Packets += SumsPerTurn;
    }

    public void Dispose()
    {
        // Holds nothing but managed memory.
    }
}
