using BenchmarkDotNet.Attributes;
using NetStack.Core;

namespace NetStack.Benchmarks;

/// <summary>The checksum of bytes that lie in the cache, beside the plain loop over 16-bit words.</summary>
/// <remarks>RFC 1071.</remarks>
public class ChecksumBenchmark
{
    private byte[] _data = [];

    /// <summary>An IPv4 header, a small packet, a segment of 1,500 bytes, the largest packet.</summary>
    [Params(20, 64, 1460, 65535)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _data = new byte[Bytes];
        new SeededEntropy(1).Fill(_data);
        if (Plain() != Stack())
        {
            throw new InvalidOperationException("The two disagree.");
        }
    }

    [Benchmark(Baseline = true)]
    public ushort Plain()
    {
        ReadOnlySpan<byte> data = _data;
        uint sum = 0;
        int i = 0;
        for (; i + 1 < data.Length; i += 2)
        {
            sum += (uint)((data[i] << 8) | data[i + 1]);
        }

        sum += i < data.Length ? (uint)data[i] << 8 : 0;
        sum = (sum & ushort.MaxValue) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }

    [Benchmark]
    public ushort Stack() => InternetChecksum.Compute(_data);
}
