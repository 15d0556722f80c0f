namespace NetStack.Dns.Tests;

/// <summary>Records in the presentation form of master files.</summary>
public sealed class RecordTextTests
{
    [Theory]
    [Trait("RFC", "1035 §5.1")]
    [InlineData(DnsRecordType.A, "C0000201", "A\t192.0.2.1")]
    [InlineData(DnsRecordType.Aaaa, "20010DB8000000000000000000000001", "AAAA\t2001:db8::1")]
    [InlineData(DnsRecordType.Aaaa, "00000000000000000000FFFFC0000201", "AAAA\t::ffff:192.0.2.1")]
    [InlineData(DnsRecordType.MX, "000A046D61696C00", "MX\t10 mail.")]
    [InlineData(DnsRecordType.Srv, "00010002270F00", "SRV\t1 2 9999 .")]
    [InlineData(DnsRecordType.Soa, "016100016200000000010000000200000003000000040000FFFF", "SOA\ta. b. 1 2 3 4 65535")]
    [InlineData(DnsRecordType.Txt, "03612262015C00", "TXT\t\"a\\\"b\" \"\\\\\" \"\"")]
    [InlineData(DnsRecordType.Txt, "03C3BC20", "TXT\t\"\\195\\188 \"")]
    [InlineData(DnsRecordType.Caa, "0005697373756563612E74657374", "CAA\t0 issue \"ca.test\"")]
    [InlineData((DnsRecordType)65534, "DEAD", "TYPE65534\t\\# 2 DEAD")]
    public void Data_is_printed_in_its_presentation_form(DnsRecordType type, string hex, string expected) =>
        Assert.Equal($"www.example.\t300\tIN\t{expected}", Messages.Record("www.example", type, 300, Convert.FromHexString(hex)).ToString());

    [Theory]
    [Trait("RFC", "1035 §3.3")]
    [InlineData(DnsRecordType.A, "C00002")]
    [InlineData(DnsRecordType.Aaaa, "C0000201")]
    [InlineData(DnsRecordType.Cname, "")]
    [InlineData(DnsRecordType.Cname, "016100FF")]
    [InlineData(DnsRecordType.MX, "000A")]
    [InlineData(DnsRecordType.Soa, "0161000162000000")]
    [InlineData(DnsRecordType.Txt, "")]
    [InlineData(DnsRecordType.Txt, "0561")]
    [InlineData(DnsRecordType.Caa, "000561")]
    [InlineData(DnsRecordType.Opt, "00010004AA")]
    public void Data_that_does_not_fit_its_type_is_refused(DnsRecordType type, string hex) =>
        Assert.False(DnsRecord.TryCreate(DomainName.Root, type, DnsClass.Internet, 0, Convert.FromHexString(hex), out _));

    [Theory]
    [Trait("RFC", "3597 §5")]
    [InlineData("aaaa", DnsRecordType.Aaaa)]
    [InlineData("MX", DnsRecordType.MX)]
    [InlineData("type65", (DnsRecordType)65)]
    public void Types_are_read_by_name_or_number(string text, DnsRecordType expected)
    {
        Assert.True(DnsMnemonic.TryParseType(text, out DnsRecordType type));
        Assert.Equal(expected, type);
    }

    [Theory]
    [Trait("RFC", "3597 §5")]
    [InlineData("")]
    [InlineData("TYPE")]
    [InlineData("TYPE65536")]
    [InlineData("BOGUS")]
    public void Other_words_are_no_types(string text) => Assert.False(DnsMnemonic.TryParseType(text, out _));
}
