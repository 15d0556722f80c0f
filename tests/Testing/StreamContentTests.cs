namespace NetStack.Testing.Tests;

public class StreamContentTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(1_000_003)]
    public void Every_piece_shows_the_same_bytes_as_the_whole(int start)
    {
        StreamContent content = new(42);
        byte[] whole = new byte[4096];
        content.Write(start, whole);

        for (int offset = 0, length = 1; offset + length <= whole.Length; offset += length, length = (length % 29) + 1)
        {
            byte[] piece = new byte[length];
            content.Write(start + offset, piece);
            Assert.Equal(whole[offset..(offset + length)], piece);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(1999)]
    public void A_single_wrong_byte_is_found_where_it_is(int wrong)
    {
        StreamContent content = new(43);
        byte[] bytes = new byte[2000];
        content.Write(77, bytes);
        Assert.Equal(-1, content.FindDifference(77, bytes));

        bytes[wrong] ^= 0x10;
        Assert.Equal(wrong, content.FindDifference(77, bytes));
    }

    [Fact]
    public void Bytes_of_another_position_or_stream_differ()
    {
        byte[] bytes = new byte[64];
        new StreamContent(44).Write(0, bytes);

        Assert.NotEqual(-1, new StreamContent(44).FindDifference(8, bytes));
        Assert.NotEqual(-1, new StreamContent(45).FindDifference(0, bytes));
    }
}
