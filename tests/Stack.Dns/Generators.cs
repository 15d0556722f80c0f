using FsCheck;
using FsCheck.Fluent;

namespace NetStack.Dns.Tests;

/// <summary>Arbitrary names, records and messages.</summary>
internal static class Generators
{
    // Few different bytes and few labels, so that names share endings and compression has work to do.
    private static readonly Gen<byte[]> Label = Gen.OneOf(
        Gen.Elements("a", "B", "www", "example", "com", "net").Select(text => text.Select(c => (byte)c).ToArray()),
        Gen.Choose(1, 63).SelectMany(length => Gen.ArrayOf(Gen.Choose(0, 255).Select(value => (byte)value), length)));

    public static readonly Gen<DomainName> Name = Gen.Choose(0, 6).SelectMany(count => Gen.ArrayOf(Label, count)).Select(labels =>
    {
        List<byte> wire = [];
        foreach (byte[] label in labels)
        {
            if (wire.Count + label.Length + 2 <= DomainName.MaxWireBytes)
            {
                wire.Add((byte)label.Length);
                wire.AddRange(label);
            }
        }

        wire.Add(0);
        return DomainName.TryCreate(wire.ToArray(), out DomainName? name) ? name : throw new InvalidOperationException();
    });

    private static Gen<byte[]> Bytes(int least, int most) =>
        Gen.Choose(least, most).SelectMany(length => Gen.ArrayOf(Gen.Choose(0, 255).Select(value => (byte)value), length));

    private static Gen<byte[]> Named(int prefix, int names, int suffix) =>
        from head in Bytes(prefix, prefix)
        from middle in Gen.ArrayOf(Name, names)
        from tail in Bytes(suffix, suffix)
        select (byte[])[.. head, .. middle.SelectMany(name => name.Wire.ToArray()), .. tail];

    private static readonly Gen<byte[]> Strings = Gen.NonEmptyListOf(Bytes(0, 40))
        .Select(strings => strings.SelectMany(text => (byte[])[(byte)text.Length, .. text]).ToArray());

    private static readonly Gen<byte[]> Authorization =
        from flags in Bytes(1, 1)
        from tag in Bytes(1, 10)
        from value in Bytes(0, 30)
        select (byte[])[.. flags, (byte)tag.Length, .. tag, .. value];

    private static readonly Gen<(DnsRecordType Type, byte[] Data)> Data = Gen.OneOf(
        Bytes(4, 4).Select(data => (DnsRecordType.A, data)),
        Bytes(16, 16).Select(data => (DnsRecordType.Aaaa, data)),
        Named(0, 1, 0).Select(data => (DnsRecordType.NS, data)),
        Named(0, 1, 0).Select(data => (DnsRecordType.Cname, data)),
        Named(0, 1, 0).Select(data => (DnsRecordType.Ptr, data)),
        Named(2, 1, 0).Select(data => (DnsRecordType.MX, data)),
        Named(6, 1, 0).Select(data => (DnsRecordType.Srv, data)),
        Named(0, 2, 20).Select(data => (DnsRecordType.Soa, data)),
        Strings.Select(data => (DnsRecordType.Txt, data)),
        Authorization.Select(data => (DnsRecordType.Caa, data)),
        Bytes(0, 60).Select(data => ((DnsRecordType)65, data)));

    public static readonly Gen<DnsRecord> Record =
        from name in Name
        from data in Data
        from ttl in Gen.Choose(0, int.MaxValue)
        select DnsRecord.TryCreate(name, data.Type, DnsClass.Internet, (uint)ttl, data.Data, out DnsRecord? record)
            ? record
            : throw new InvalidOperationException($"{data.Type} {Convert.ToHexString(data.Data)}");

    public static readonly Gen<(List<DnsQuestion> Questions, List<(DnsSection, DnsRecord)> Records)> Message =
        from names in Gen.ListOf(Name, 2)
        from types in Gen.ListOf(Gen.Choose(1, 300), 2)
        from sections in Gen.Sized(size => Gen.ListOf(Gen.Choose(0, 2), Math.Min(size, 12)))
        from records in Gen.ListOf(Record, sections.Count)
        select (
            names.Zip(types, (name, type) => new DnsQuestion(name, (DnsRecordType)type)).ToList(),
            sections.Order().Zip(records, (section, record) => ((DnsSection)section, record)).ToList());
}
