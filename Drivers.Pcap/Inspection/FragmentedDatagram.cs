namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>A datagram put together from its fragments. Where fragments overlap the later bytes stand.</summary>
internal sealed class FragmentedDatagram
{
    private const int MaximumBytes = 65_535;
    private const int UnitBytes = 8;

    // A bit for each unit of eight bytes: the grain of fragment offsets.
    private readonly ulong[] _have = new ulong[(MaximumBytes / UnitBytes / 64) + 1];
    private byte[] _bytes = new byte[2048];
    private int _units;
    private int _length = -1;

    /// <summary>The protocol that the first fragment names.</summary>
    public byte Protocol { get; private set; }

    /// <summary>Whether the first bytes, the last ones and all between are here.</summary>
    public bool IsComplete => _length >= 0 && _units == (_length + UnitBytes - 1) / UnitBytes;

    /// <summary>The payload, once it is complete.</summary>
    public ReadOnlySpan<byte> Payload => _bytes.AsSpan(0, _length);

    public void Add(byte protocol, int offset, ReadOnlySpan<byte> bytes, bool isLast)
    {
        int end = offset + bytes.Length;
        if (end > MaximumBytes || (_length >= 0 && end > _length))
        {
            return;
        }

        if (_bytes.Length < end)
        {
            Array.Resize(ref _bytes, Math.Max(end, Math.Min(MaximumBytes, _bytes.Length * 2)));
        }

        bytes.CopyTo(_bytes.AsSpan(offset));
        Protocol = offset == 0 ? protocol : Protocol;
        _length = isLast ? end : _length;

        // Only the last fragment may fill a unit in part.
        int beyond = isLast ? (end + UnitBytes - 1) / UnitBytes : end / UnitBytes;
        for (int unit = offset / UnitBytes; unit < beyond; unit++)
        {
            ulong bit = 1UL << (unit & 63);
            _units += (_have[unit >> 6] & bit) == 0 ? 1 : 0;
            _have[unit >> 6] |= bit;
        }
    }
}
