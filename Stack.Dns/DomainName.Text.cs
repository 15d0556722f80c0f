using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace NetStack.Dns;

/// <content>The presentation form.</content>
public sealed partial class DomainName
{
    /// <summary>
    /// Reads a name as people and master files write it: labels between dots, <c>\.</c> or <c>\DDD</c> for a byte that
    /// has no plain form. A last dot may be there or not; the name is absolute either way.
    /// </summary>
    /// <returns>Whether the text is a name within the limits; text outside ASCII is none.</returns>
    /// <remarks>RFC 1035 §5.1.</remarks>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out DomainName? name) =>
        TryParse(text, out name, out _);

    /// <summary>Reads a name and tells whether it was written with its last dot.</summary>
    /// <param name="text">The presentation form.</param>
    /// <param name="name">The name, absolute.</param>
    /// <param name="isFullyQualified">Whether the text ended in an unescaped dot, which forbids a search list.</param>
    /// <returns>Whether the text is a name within the limits.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out DomainName? name, out bool isFullyQualified)
    {
        name = null;
        isFullyQualified = false;
        if (text is ".")
        {
            name = Root;
            isFullyQualified = true;
            return true;
        }

        Span<byte> wire = stackalloc byte[MaxWireBytes];
        int labelStart = 0;
        int length = 1;
        int position = 0;
        while (position < text.Length)
        {
            isFullyQualified = text[position] == '.';
            if (isFullyQualified)
            {
                if (!TryCloseLabel(wire, labelStart, length))
                {
                    return false;
                }

                labelStart = length++;
                position++;
            }
            else
            {
                if (length >= MaxWireBytes || !TryReadByte(text, ref position, out wire[length]))
                {
                    return false;
                }

                length++;
            }
        }

        if (!isFullyQualified)
        {
            if (!TryCloseLabel(wire, labelStart, length))
            {
                return false;
            }

            labelStart = length++;
        }

        if (length > MaxWireBytes)
        {
            return false;
        }

        wire[labelStart] = 0;
        name = new DomainName(wire[..length]);
        return true;
    }

    /// <summary>The presentation form, absolute: <c>www.example.com.</c>, and <c>.</c> for the root.</summary>
    public override string ToString()
    {
        if (_wire.Length == 1)
        {
            return ".";
        }

        StringBuilder text = new(_wire.Length);
        for (int offset = 0; _wire[offset] != 0; offset += _wire[offset] + 1)
        {
            foreach (byte value in _wire.AsSpan(offset + 1, _wire[offset]))
            {
                AppendByte(text, value);
            }

            text.Append('.');
        }

        return text.ToString();
    }

    private static bool TryCloseLabel(Span<byte> wire, int labelStart, int end)
    {
        int labelLength = end - labelStart - 1;
        if (labelLength is < 1 or > MaxLabelBytes || labelStart >= MaxWireBytes)
        {
            return false;
        }

        wire[labelStart] = (byte)labelLength;
        return true;
    }

    private static bool TryReadByte(ReadOnlySpan<char> text, ref int position, out byte value)
    {
        char head = text[position++];
        value = (byte)head;
        if (head != '\\')
        {
            return head is > ' ' and < '\x7F';
        }

        if (position >= text.Length)
        {
            return false;
        }

        if (!char.IsAsciiDigit(text[position]))
        {
            head = text[position++];
            value = (byte)head;
            return head is >= ' ' and < '\x7F';
        }

        bool parsed = position + 3 <= text.Length
            && byte.TryParse(text.Slice(position, 3), NumberStyles.None, CultureInfo.InvariantCulture, out value);
        position += 3;
        return parsed;
    }

    private static void AppendByte(StringBuilder text, byte value)
    {
        switch ((char)value)
        {
            case '.' or '\\' or '"' or ';' or '(' or ')' or '@' or '$':
                text.Append('\\').Append((char)value);
                break;
            case > ' ' and < '\x7F':
                text.Append((char)value);
                break;
            default:
                text.Append('\\').Append(value.ToString("D3", CultureInfo.InvariantCulture));
                break;
        }
    }
}
