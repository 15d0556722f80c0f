using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace NetStack.IP;

/// <summary>An address with a prefix length, such as <c>10.9.0.2/24</c>.</summary>
public readonly record struct IpPrefix
{
    /// <summary>Makes a prefix. The address keeps its host bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is beyond the family's.</exception>
    public IpPrefix(IpAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.IsIPv4 ? 32 : 128);
        Address = address;
        Length = length;
    }

    /// <summary>The address, host bits included.</summary>
    public IpAddress Address { get; }

    /// <summary>The number of leading bits that name the network.</summary>
    public int Length { get; }

    /// <summary>The address with its host bits cleared.</summary>
    public IpAddress Network => Mask(Address);

    /// <summary>The directed broadcast address of an IPv4 network of at most 30 bits, otherwise the address of all ones that none has.</summary>
    public IpAddress Broadcast => Address.IsIPv4 && Length <= 30
        ? new IpAddress(Address.ValueV4 | (uint)(0xFFFF_FFFFUL >> Length))
        : IpAddress.BroadcastV4;

    /// <summary>Whether an address is of this family and network.</summary>
    public bool Contains(IpAddress address) => address.IsIPv4 == Address.IsIPv4 && Mask(address) == Network;

    /// <summary>Reads <c>ADDRESS/LENGTH</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IpPrefix prefix)
    {
        prefix = default;
        int slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0
            || !IpAddress.TryParse(text![..slash], out IpAddress address)
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            || length > (address.IsIPv4 ? 32 : 128))
        {
            return false;
        }

        prefix = new IpPrefix(address, length);
        return true;
    }

    /// <summary>The text form, <c>ADDRESS/LENGTH</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Address}/{Length}");

    private IpAddress Mask(IpAddress address)
    {
        if (address.IsIPv4)
        {
            return new IpAddress(Length == 0 ? 0u : address.ValueV4 & (uint.MaxValue << (32 - Length)));
        }

        ulong high = Length == 0 ? 0 : Length >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - Length);
        ulong low = Length <= 64 ? 0 : Length == 128 ? ulong.MaxValue : ulong.MaxValue << (128 - Length);
        return new IpAddress(address.High & high, address.Low & low);
    }
}
