using FsCheck;
using FsCheck.Fluent;
using NetStack.Cli.Verbs.Serve;

namespace NetStack.Cli.Tests;

public class DeterministicBytesTests
{
    [Fact]
    public void Where_a_stretch_is_cut_does_not_matter() => Check.QuickThrowOnFailure(
        Prop.ForAll<NonNegativeInt, byte, byte>((start, first, second) =>
        {
            byte[] whole = new byte[first + second];
            DeterministicBytes.Fill(start.Get, whole);
            byte[] parts = new byte[first + second];
            DeterministicBytes.Fill(start.Get, parts.AsSpan(0, first));
            DeterministicBytes.Fill(start.Get + first, parts.AsSpan(first));
            return whole.AsSpan().SequenceEqual(parts);
        }));

    [Fact]
    public void Each_byte_is_a_byte_of_its_word() => Check.QuickThrowOnFailure(
        Prop.ForAll(ArbMap.Default.ArbFor<long>().Filter(offset => offset >= 0), offset =>
        {
            byte[] one = new byte[1];
            DeterministicBytes.Fill(offset, one);
            ulong word = unchecked((ulong)(offset / 8) * 0x9E37_79B9_7F4A_7C15);
            return one[0] == (byte)(word >> (int)(8 * (offset % 8)));
        }));
}
