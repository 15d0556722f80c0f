using System.Text;

namespace NetStack.Dns.Tests;

public sealed class DomainNameTests
{
    [Theory]
    [Trait("RFC", "1035 §5.1")]
    [InlineData(".", ".", 0)]
    [InlineData("example.com", "example.com.", 2)]
    [InlineData("Example.COM.", "Example.COM.", 2)]
    [InlineData(@"a\.b.c", @"a\.b.c.", 2)]
    [InlineData(@"a\032b.c", @"a\032b.c.", 2)]
    [InlineData(@"\097\065", "aA.", 1)]
    [InlineData(@"\255\000\\", @"\255\000\\.", 1)]
    [InlineData("_ipp._tcp.local", "_ipp._tcp.local.", 3)]
    public void Text_is_read_and_printed(string text, string expected, int labels)
    {
        Assert.True(DomainName.TryParse(text, out DomainName? name));
        Assert.Equal(expected, name.ToString());
        Assert.Equal(labels, name.LabelCount);
    }

    [Theory]
    [Trait("RFC", "1035 §5.1")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".a")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("bücher.example")]
    [InlineData(@"a\")]
    [InlineData(@"a\25")]
    [InlineData(@"a\256")]
    [InlineData(@"a\2x6")]
    public void Text_that_is_no_name_is_refused(string text) => Assert.False(DomainName.TryParse(text, out _));

    [Theory]
    [Trait("RFC", "1035 §2.3.4")]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_label_has_63_bytes_at_most(int length, bool expected)
    {
        byte[] wire = [(byte)length, .. Enumerable.Repeat((byte)'a', length), 0];
        Assert.Equal(expected, DomainName.TryParse(new string('a', length), out _));
        Assert.Equal(expected, DomainName.TryCreate(wire, out _));
        Assert.Equal(expected, TryRead([.. new byte[12], .. wire], 12, out _, out _));
    }

    [Theory]
    [Trait("RFC", "1035 §2.3.4")]
    [InlineData(61, true)]
    [InlineData(62, false)]
    public void A_name_has_255_bytes_at_most(int lastLabel, bool expected)
    {
        string text = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', lastLabel));
        byte[] wire = [.. text.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
        Assert.Equal(expected, DomainName.TryParse(text, out _));
        Assert.Equal(expected, DomainName.TryParse(text + ".", out _));
        Assert.Equal(expected, DomainName.TryCreate(wire, out _));
        Assert.Equal(expected, TryRead([.. new byte[12], .. wire], 12, out _, out _));
    }

    [Fact]
    [Trait("RFC", "4343 §3")]
    public void Names_that_differ_in_case_are_one()
    {
        DomainName lower = Messages.Name("www.example.com");
        DomainName upper = Messages.Name("WWW.EXAMPLE.COM");
        Assert.Equal(lower, upper);
        Assert.Equal(lower.GetHashCode(), upper.GetHashCode());
        Assert.NotEqual(Messages.Name("a[.b"), Messages.Name("a{.b"));
        Assert.NotEqual(Messages.Name("ab.c"), Messages.Name("a.bc"));
        Assert.False(lower.Wire.SequenceEqual(upper.Wire));
    }

    [Theory]
    [Trait("RFC", "1034 §3.1")]
    [InlineData("a.example.com", "example.com", true)]
    [InlineData("EXAMPLE.com", "example.com", true)]
    [InlineData("notexample.com", "example.com", false)]
    [InlineData("example.com", "a.example.com", false)]
    [InlineData("anything", ".", true)]
    public void A_name_lies_below_its_ancestors(string name, string ancestor, bool expected) =>
        Assert.Equal(expected, Messages.Name(name).IsAtOrBelow(Messages.Name(ancestor)));

    [Fact]
    [Trait("RFC", "1035 §4.1.4")]
    public void A_compressed_name_is_expanded_and_reading_goes_on_behind_its_pointer()
    {
        byte[] message = [.. new byte[12], 3, (byte)'c', (byte)'o', (byte)'m', 0, 1, (byte)'a', 0xC0, 12, 1, (byte)'b', 0xC0, 17, 0xFF];
        Assert.True(TryRead(message, 21, out DomainName? name, out int behind));
        Assert.Equal("b.a.com.", name.ToString());
        Assert.Equal(25, behind);
    }

    [Theory]
    [Trait("RFC", "1035 §4.1.4")]
    [InlineData("C00C")]
    [InlineData("C00E016100")]
    [InlineData("C00E0161C00C")]
    [InlineData("0161C00C")]
    [InlineData("0161C00E")]
    [InlineData("0161C00F")]
    [InlineData("C0FF")]
    [InlineData("C000")]
    [InlineData("C0")]
    [InlineData("4161")]
    [InlineData("8161")]
    [InlineData("0161")]
    [InlineData("05616263")]
    [InlineData("")]
    public void A_name_that_loops_or_leads_outside_is_refused(string hex) =>
        Assert.False(TryRead([.. new byte[12], .. Convert.FromHexString(hex)], 12, out _, out _));

    [Fact]
    [Trait("RFC", "1035 §4.1.4")]
    public void A_long_chain_of_bare_pointers_is_refused()
    {
        byte[] message = new byte[12 + 1 + (2 * 200)];
        for (int i = 0; i < 200; i++)
        {
            int target = i == 0 ? 12 : 13 + (2 * (i - 1));
            message[13 + (2 * i)] = (byte)(0xC0 | (target >> 8));
            message[14 + (2 * i)] = (byte)target;
        }

        Assert.True(TryRead(message, 13 + (2 * 100), out _, out _));
        Assert.False(TryRead(message, 13 + (2 * 199), out _, out _));
    }

    private static bool TryRead(byte[] message, int offset, out DomainName name, out int behind)
    {
        bool read = DomainName.TryRead(message, ref offset, out DomainName? found);
        name = found ?? DomainName.Root;
        behind = offset;
        return read;
    }
}
