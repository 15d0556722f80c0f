namespace NetStack.Ethernet.Tests;

public class MacAddressTests
{
    [Theory]
    [InlineData("02:00:5e:10:00:01", 0x02005E100001UL)]
    [InlineData("FF-FF-ff-ff-ff-ff", 0xFFFFFFFFFFFFUL)]
    public void Text_is_read(string text, ulong value)
    {
        Assert.True(MacAddress.TryParse(text, out MacAddress address));
        Assert.Equal(value, address.Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("02:00:5e:10:00")]
    [InlineData("02:00:5e:10:00:0g")]
    [InlineData("02.00.5e.10.00.01")]
    [InlineData("02:00:5e:10:00:01:")]
    public void Other_text_is_refused(string? text) => Assert.False(MacAddress.TryParse(text, out _));

    [Fact]
    public void Bytes_and_text_round_trip()
    {
        MacAddress address = new(0x0123456789AB);
        byte[] bytes = new byte[6];
        address.Write(bytes);

        Assert.Equal([0x01, 0x23, 0x45, 0x67, 0x89, 0xAB], bytes);
        Assert.Equal(address, MacAddress.Read(bytes));
        Assert.Equal("01:23:45:67:89:ab", address.ToString());
        Assert.True(address.IsGroup);
        Assert.False(MacAddress.MakeLocal(0x0123456789AB).IsGroup);
        Assert.True(MacAddress.MakeLocal(0x0123456789AB).IsLocal);
    }
}
