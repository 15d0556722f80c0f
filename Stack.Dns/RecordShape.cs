namespace NetStack.Dns;

/// <summary>
/// How the data of a record type is laid out where it holds names: fixed bytes, names, fixed bytes. Types without
/// names have no names here and are checked by <see cref="RecordData"/>.
/// </summary>
/// <param name="PrefixBytes">Bytes before the names.</param>
/// <param name="NameCount">How many names follow.</param>
/// <param name="SuffixBytes">Bytes behind the names.</param>
/// <param name="MayCompress">Whether a writer may compress the names.</param>
/// <remarks>RFC 3597 §4: only the types of RFC 1035 may be compressed; a reader expands SRV as well.</remarks>
internal readonly record struct RecordShape(int PrefixBytes, int NameCount, int SuffixBytes, bool MayCompress)
{
    /// <summary>The shape of a type's data.</summary>
    public static RecordShape Of(DnsRecordType type) => type switch
    {
        DnsRecordType.NS or DnsRecordType.Cname or DnsRecordType.Ptr => new(0, 1, 0, true),
        DnsRecordType.Soa => new(0, 2, 20, true),
        DnsRecordType.MX => new(2, 1, 0, true),
        DnsRecordType.Srv => new(6, 1, 0, false),
        _ => default,
    };
}
