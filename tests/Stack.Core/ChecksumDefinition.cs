namespace NetStack.Core.Tests;

/// <summary>The checksum as RFC 1071 §1 words it, one 16-bit word after another, and nothing else.</summary>
internal static class ChecksumDefinition
{
    public static ushort Sum(ReadOnlySpan<byte> data)
    {
        uint sum = 0;
        for (int i = 0; i < data.Length; i += 2)
        {
            int high = data[i] << 8;
            int low = i + 1 < data.Length ? data[i + 1] : 0;
            sum += (uint)(high | low);
            if (sum > 0xFFFF)
            {
                sum = sum - 0x10000 + 1;
            }
        }

        return (ushort)sum;
    }

    public static ushort Checksum(ReadOnlySpan<byte> data) => (ushort)~Sum(data);
}
