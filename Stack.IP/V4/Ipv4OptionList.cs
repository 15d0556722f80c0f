namespace NetStack.IP;

/// <summary>Checks the options of an IPv4 header. None of them changes what the host does, but a source route is refused.</summary>
/// <remarks>RFC 791 §3.1, RFC 1122 §3.2.1.8.</remarks>
internal static class Ipv4OptionList
{
    private const byte EndOfList = 0;
    private const byte NoOperation = 1;
    private const byte LooseSourceRoute = 131;
    private const byte StrictSourceRoute = 137;
    private const byte CopiedBit = 0x80;

    /// <summary>Copies the options that every fragment carries, padded to whole words.</summary>
    /// <param name="options">The options of the packet, well-formed.</param>
    /// <param name="destination">Room for as many.</param>
    /// <returns>The bytes that they take.</returns>
    /// <remarks>RFC 791 §3.1 (the copied flag).</remarks>
    public static int CopyToFragment(ReadOnlySpan<byte> options, Span<byte> destination)
    {
        int length = 0;
        int offset = 0;
        while (offset < options.Length && options[offset] != EndOfList)
        {
            int optionBytes = options[offset] == NoOperation ? 1 : options[offset + 1];
            if ((options[offset] & CopiedBit) != 0)
            {
                options.Slice(offset, optionBytes).CopyTo(destination[length..]);
                length += optionBytes;
            }

            offset += optionBytes;
        }

        while ((length & 3) != 0)
        {
            destination[length++] = EndOfList;
        }

        return length;
    }

    /// <summary>Walks the options.</summary>
    /// <param name="options">The bytes behind the fixed header.</param>
    /// <param name="errorOffset">Where the malformed option starts, or -1 where all are well-formed.</param>
    /// <returns>Whether a source route is among them.</returns>
    public static bool HasSourceRoute(ReadOnlySpan<byte> options, out int errorOffset)
    {
        errorOffset = -1;
        bool hasSourceRoute = false;
        int offset = 0;
        while (offset < options.Length && options[offset] != EndOfList)
        {
            if (options[offset] == NoOperation)
            {
                offset++;
                continue;
            }

            if (offset + 1 >= options.Length || options[offset + 1] < 2 || offset + options[offset + 1] > options.Length)
            {
                errorOffset = offset;
                return hasSourceRoute;
            }

            hasSourceRoute |= options[offset] is LooseSourceRoute or StrictSourceRoute;
            offset += options[offset + 1];
        }

        return hasSourceRoute;
    }
}
