namespace NetStack.Core.Tests;

/// <summary>The loops of every vector width, also of those this machine would not choose.</summary>
public class ChecksumKernelTests
{
    private const int Longest = 700;

    private delegate ulong Loop(ref byte source, ref byte destination, nuint length, ref nuint offset);

    public static TheoryData<string> Widths => ["512", "256", "128"];

    [Theory]
    [MemberData(nameof(Widths))]
    [Trait("RFC", "1071 §2")]
    public void Loop_sums_the_prefix_it_says_it_read_and_leaves_less_than_a_turn(string width)
    {
        (Loop reading, Loop copying, int turn) = LoopsOf(width);
        for (int filling = 0; filling < 4; filling++)
        {
            byte[] data = InternetChecksumTests.Filled(filling, Longest);
            for (int length = 1; length <= Longest; length++)
            {
                byte[] copy = new byte[Longest];
                nuint read = 0;
                nuint copied = 0;
                ulong sum = reading(ref data[0], ref data[0], (nuint)length, ref read);
                ulong sumOfCopied = copying(ref data[0], ref copy[0], (nuint)length, ref copied);
                Assert.InRange(length - (int)read, 0, turn - 1);
                Assert.Equal(read, copied);
                Assert.Equal(ChecksumDefinition.Sum(data.AsSpan(0, (int)read)), InternetChecksum.Fold(sum));
                Assert.Equal(sum, sumOfCopied);
                Assert.Equal(data[..(int)read], copy[..(int)read]);
                Assert.Equal(-1, copy.AsSpan((int)read).IndexOfAnyExcept((byte)0));
            }
        }
    }

    private static (Loop Reading, Loop Copying, int TurnBytes) LoopsOf(string width) => width switch
    {
        "512" => (ChecksumKernel.Sum512<ChecksumKernel.Reading>, ChecksumKernel.Sum512<ChecksumKernel.Copying>, 32),
        "256" => (ChecksumKernel.Sum256<ChecksumKernel.Reading>, ChecksumKernel.Sum256<ChecksumKernel.Copying>, 64),
        _ => (ChecksumKernel.Sum128<ChecksumKernel.Reading>, ChecksumKernel.Sum128<ChecksumKernel.Copying>, 32),
    };
}
