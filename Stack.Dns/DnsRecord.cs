using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using NetStack.IP;

namespace NetStack.Dns;

/// <summary>
/// One resource record, its data in uncompressed wire form and proven well formed for its type. Immutable, and
/// independent of the message it came from.
/// </summary>
/// <remarks>RFC 1035 §3.2 and §4.1.3, RFC 3597.</remarks>
public sealed class DnsRecord : IEquatable<DnsRecord>
{
    private readonly byte[] _data;

    /// <summary>Makes a record of data that is known to be well formed.</summary>
    internal DnsRecord(DomainName name, DnsRecordType type, DnsClass @class, uint ttlSeconds, byte[] data)
    {
        Name = name;
        Type = type;
        Class = @class;
        TtlSeconds = ttlSeconds;
        _data = data;
    }

    /// <summary>The name the record stands at.</summary>
    public DomainName Name { get; }

    /// <summary>The type of the data.</summary>
    public DnsRecordType Type { get; }

    /// <summary>The class; of an OPT record, the sender's UDP payload size.</summary>
    public DnsClass Class { get; }

    /// <summary>How long the record may be kept, in seconds; of an OPT record, flags.</summary>
    public uint TtlSeconds { get; }

    /// <summary>The data in wire form, its names uncompressed.</summary>
    public ReadOnlySpan<byte> Data => _data;

    /// <summary>Makes a record.</summary>
    /// <param name="name">The name the record stands at.</param>
    /// <param name="type">The type of the data.</param>
    /// <param name="class">The class.</param>
    /// <param name="ttlSeconds">How long the record may be kept.</param>
    /// <param name="data">The data in wire form without compression; it is copied.</param>
    /// <param name="record">The record.</param>
    /// <returns>Whether the data is well formed for its type.</returns>
    public static bool TryCreate(
        DomainName name,
        DnsRecordType type,
        DnsClass @class,
        uint ttlSeconds,
        ReadOnlySpan<byte> data,
        [NotNullWhen(true)] out DnsRecord? record)
    {
        ArgumentNullException.ThrowIfNull(name);
        record = RecordData.IsWellFormed(type, @class, data)
            ? new DnsRecord(name, type, @class, ttlSeconds, data.ToArray())
            : null;
        return record is not null;
    }

    /// <summary>Makes the A or AAAA record of an address.</summary>
    /// <param name="name">The name the record stands at.</param>
    /// <param name="ttlSeconds">How long the record may be kept.</param>
    /// <param name="address">The address, whose family gives the type.</param>
    public static DnsRecord OfAddress(DomainName name, uint ttlSeconds, IpAddress address)
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] data = new byte[address.LengthBytes];
        address.Write(data);
        DnsRecordType type = address.IsIPv4 ? DnsRecordType.A : DnsRecordType.Aaaa;
        return new DnsRecord(name, type, DnsClass.Internet, ttlSeconds, data);
    }

    /// <summary>The address of an A or AAAA record of the Internet class.</summary>
    /// <returns>Whether the record holds one. An AAAA record with an IPv4-mapped address holds none that can be sent to.</returns>
    /// <remarks>RFC 1035 §3.4.1, RFC 3596 §2.2.</remarks>
    public bool TryGetAddress(out IpAddress address)
    {
        bool hasLength = Class == DnsClass.Internet
            && ((Type == DnsRecordType.A && _data.Length == 4) || (Type == DnsRecordType.Aaaa && _data.Length == 16));
        address = hasLength ? IpAddress.Read(_data) : default;
        return hasLength && address.IsIPv4 == (Type == DnsRecordType.A);
    }

    /// <summary>The name a CNAME, NS, PTR, MX or SRV record leads to.</summary>
    /// <returns>Whether the record is of such a type.</returns>
    public bool TryGetTarget([NotNullWhen(true)] out DomainName? target)
    {
        target = null;
        RecordShape shape = RecordShape.Of(Type);
        return shape is { NameCount: 1, SuffixBytes: 0 }
            && _data.Length > shape.PrefixBytes
            && DomainName.TryCreate(_data.AsSpan(shape.PrefixBytes), out target);
    }

    /// <summary>The data of an SOA record.</summary>
    /// <returns>Whether the record is one.</returns>
    public bool TryGetStartOfAuthority(out StartOfAuthority authority)
    {
        authority = default;
        return Type == DnsRecordType.Soa && StartOfAuthority.TryParse(_data, out authority);
    }

    /// <summary>The preference of an MX record (the lowest is tried first) and the host that takes the mail.</summary>
    /// <returns>Whether the record is one.</returns>
    /// <remarks>RFC 1035 §3.3.9.</remarks>
    public bool TryGetMailExchange(out ushort preference, [NotNullWhen(true)] out DomainName? exchange)
    {
        exchange = null;
        bool found = Type == DnsRecordType.MX && TryGetTarget(out exchange);
        preference = found ? BinaryPrimitives.ReadUInt16BigEndian(_data) : (ushort)0;
        return found;
    }

    /// <summary>The data of an SRV record.</summary>
    /// <returns>Whether the record is one.</returns>
    public bool TryGetServiceLocation(out ServiceLocation location)
    {
        location = default;
        if (Type != DnsRecordType.Srv || !TryGetTarget(out DomainName? target))
        {
            return false;
        }

        location = new ServiceLocation(
            BinaryPrimitives.ReadUInt16BigEndian(_data),
            BinaryPrimitives.ReadUInt16BigEndian(_data.AsSpan(2)),
            BinaryPrimitives.ReadUInt16BigEndian(_data.AsSpan(4)),
            target);
        return true;
    }

    /// <summary>What the OPT record of EDNS says.</summary>
    /// <returns>Whether the record is one.</returns>
    public bool TryGetExtension(out DnsExtension extension)
    {
        extension = new DnsExtension((ushort)Class, TtlSeconds);
        return Type == DnsRecordType.Opt;
    }

    /// <summary>The data in presentation form, as query tools print it.</summary>
    public string DataText => RecordText.Of(this);

    /// <summary>The same record with another time to live.</summary>
    /// <param name="ttlSeconds">The new time to live.</param>
    public DnsRecord WithTtl(uint ttlSeconds) => new(Name, Type, Class, ttlSeconds, _data);

    /// <inheritdoc/>
    public bool Equals(DnsRecord? other) =>
        other is not null && Name == other.Name && Type == other.Type && Class == other.Class
        && TtlSeconds == other.TtlSeconds && Data.SequenceEqual(other.Data);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DnsRecord);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Type, Class, TtlSeconds, _data.Length);

    /// <summary>The record as query tools print it: name, TTL, class, type and data, separated by tabs.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Name}\t{TtlSeconds}\t{DnsMnemonic.Of(Class)}\t{DnsMnemonic.Of(Type)}\t{DataText}");
}
