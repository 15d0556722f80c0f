using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap;

/// <summary>
/// Walks the options at the end of a pcapng block. Options that overrun the block end the walk: they carry nothing a
/// packet needs.
/// </summary>
/// <remarks>draft-ietf-opsawg-pcapng §3.5.</remarks>
internal ref struct PcapngOptions
{
    private readonly ByteOrder _order;
    private ReadOnlySpan<byte> _rest;

    public PcapngOptions(ReadOnlySpan<byte> options, ByteOrder order)
    {
        _rest = options;
        _order = order;
    }

    /// <summary>The code of the option <see cref="TryNext"/> stopped at.</summary>
    public ushort Code { get; private set; }

    /// <summary>The value of the option <see cref="TryNext"/> stopped at.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    public bool TryNext()
    {
        if (_rest.Length < 4)
        {
            return false;
        }

        Code = _order.Read16(_rest);
        int length = _order.Read16(_rest[2..]);
        if (Code == PcapngFormat.OptionEnd || length > _rest.Length - 4)
        {
            return false;
        }

        Value = _rest.Slice(4, length);
        // "padded to a 32-bit boundary"; the last one's padding may be missing.
        _rest = _rest[Math.Min(_rest.Length, 4 + (length + 3 & ~3))..];
        return true;
    }
}
