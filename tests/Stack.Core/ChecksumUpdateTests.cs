using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;

namespace NetStack.Core.Tests;

[Trait("RFC", "1624 §3")]
public class ChecksumUpdateTests
{
    private const int FieldOffset = 4;

    // The values at which ones' complement has two zeros, and their neighbours.
    private static readonly ushort[] Corners = [0x0000, 0x0001, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF];

    [Fact]
    public void Example_of_the_rfc_gives_zero_and_not_minus_zero() =>
        Assert.Equal(0x0000, InternetChecksum.Update(0xDD2F, 0x5555, (ushort)0x3285));

    [Fact]
    public void Word_update_agrees_with_a_full_computation_on_every_corner()
    {
        foreach (ushort other in Corners.Skip(1))
        {
            foreach (ushort oldWord in Corners)
            {
                foreach (ushort newWord in Corners)
                {
                    AssertWordUpdate([(byte)(other >> 8), (byte)other, 0, 0, 0, 0, 0, 0], oldWord, newWord);
                }
            }
        }
    }

    [Fact]
    public void Word_update_agrees_with_a_full_computation() =>
        Prop.ForAll<ulong, ushort, ushort>((other, oldWord, newWord) =>
            AssertWordUpdate(BitConverter.GetBytes(other | 1), oldWord, newWord)).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_word_of_sixteen_bits_can_become_every_corner()
    {
        foreach (ushort newWord in Corners)
        {
            for (int oldWord = 0; oldWord <= ushort.MaxValue; oldWord++)
            {
                AssertWordUpdate([0x45, 0, 0, 0, 0, 0, 0, 0], (ushort)oldWord, newWord);
            }
        }
    }

    [Fact]
    public void Field_update_agrees_with_a_full_computation_on_every_corner()
    {
        uint[] fields = [.. Corners.SelectMany(high => Corners.Select(low => ((uint)high << 16) | low))];
        foreach (ushort other in Corners.Skip(1))
        {
            foreach (uint oldField in fields)
            {
                foreach (uint newField in fields)
                {
                    AssertFieldUpdate([(byte)(other >> 8), (byte)other, 0, 0, 0, 0, 0, 0], oldField, newField);
                }
            }
        }
    }

    [Fact]
    public void Field_update_agrees_with_a_full_computation() =>
        Prop.ForAll<uint, uint, uint>((other, oldField, newField) =>
            AssertFieldUpdate(BitConverter.GetBytes((ulong)other | 1), oldField, newField)).QuickCheckThrowOnFailure();

    private static void AssertWordUpdate(byte[] data, ushort oldWord, ushort newWord)
    {
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(FieldOffset), oldWord);
        ushort before = ChecksumDefinition.Checksum(data);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(FieldOffset), newWord);
        Assert.Equal(ChecksumDefinition.Checksum(data), InternetChecksum.Update(before, oldWord, newWord));
    }

    private static void AssertFieldUpdate(byte[] data, uint oldField, uint newField)
    {
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(FieldOffset), oldField);
        ushort before = ChecksumDefinition.Checksum(data);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(FieldOffset), newField);
        Assert.Equal(ChecksumDefinition.Checksum(data), InternetChecksum.Update(before, oldField, newField));
    }
}
