using System.Buffers.Binary;
using System.Globalization;

namespace NetStack.PacketScripts.Tests;

/// <summary>The options of a segment as a script writes them: <c>mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 8</c>.</summary>
internal static class SegmentOptionsText
{
    public static byte[] Parse(string text)
    {
        List<byte> bytes = [];
        foreach (string option in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = option.Split(' ');
            switch (words[0])
            {
                case "nop":
                    bytes.Add(1);
                    break;
                case "mss":
                    bytes.AddRange([2, 4, .. Big16(words[1])]);
                    break;
                case "wscale":
                    bytes.AddRange([3, 3, byte.Parse(words[1], CultureInfo.InvariantCulture)]);
                    break;
                case "sackOK":
                    bytes.AddRange([4, 2]);
                    break;
                case "sack":
                    bytes.AddRange([5, (byte)(2 + 8 * (words.Length - 1))]);
                    bytes.AddRange(words.Skip(1).SelectMany(static block => block.Split(':')).SelectMany(Big32));
                    break;
                case "TS":
                    bytes.AddRange([8, 10, .. Big32(words[2]), .. Big32(words[4])]);
                    break;
                default:
                    Assert.Fail($"'{option}' is no option");
                    break;
            }
        }

        while (bytes.Count % 4 != 0)
        {
            bytes.Add(0);
        }

        return [.. bytes];
    }

    /// <summary>Moves the edges of selective acknowledgments by a distance.</summary>
    public static byte[] ShiftSack(byte[] bytes, uint distance)
    {
        byte[] shifted = [.. bytes];
        for (int place = 0; place < shifted.Length; place += shifted[place] <= 1 ? 1 : shifted[place + 1])
        {
            for (int edge = place + 2; shifted[place] == 5 && edge < place + shifted[place + 1]; edge += 4)
            {
                uint value = BinaryPrimitives.ReadUInt32BigEndian(shifted.AsSpan(edge));
                BinaryPrimitives.WriteUInt32BigEndian(shifted.AsSpan(edge), unchecked(value + distance));
            }
        }

        return shifted;
    }

    /// <summary>Where the timestamps option starts; -1 where there is none.</summary>
    public static int FindTimestamps(ReadOnlySpan<byte> bytes)
    {
        for (int place = 0; place < bytes.Length; place += bytes[place] <= 1 ? 1 : bytes[place + 1])
        {
            if (bytes[place] == 8)
            {
                return place;
            }
        }

        return -1;
    }

    public static string Format(ReadOnlySpan<byte> bytes)
    {
        List<string> options = [];
        while (!bytes.IsEmpty)
        {
            int length = bytes[0] <= 1 ? 1 : bytes[1];
            ReadOnlySpan<byte> option = bytes[..length];
            options.Add(option[0] switch
            {
                0 => "eol",
                1 => "nop",
                2 => $"mss {BinaryPrimitives.ReadUInt16BigEndian(option[2..])}",
                3 => $"wscale {option[2]}",
                4 => "sackOK",
                5 => "sack " + string.Join(' ', Enumerable.Range(0, (length - 2) / 8).Select(Block(option.ToArray()))),
                8 => $"TS val {BinaryPrimitives.ReadUInt32BigEndian(option[2..])} ecr {BinaryPrimitives.ReadUInt32BigEndian(option[6..])}",
                _ => $"kind {option[0]}",
            });
            bytes = bytes[length..];
        }

        return string.Join(',', options);
    }

    private static Func<int, string> Block(byte[] option) => i =>
        $"{BinaryPrimitives.ReadUInt32BigEndian(option.AsSpan(2 + 8 * i))}:{BinaryPrimitives.ReadUInt32BigEndian(option.AsSpan(6 + 8 * i))}";

    private static byte[] Big16(string number)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, ushort.Parse(number, CultureInfo.InvariantCulture));
        return bytes;
    }

    private static byte[] Big32(string number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, uint.Parse(number, CultureInfo.InvariantCulture));
        return bytes;
    }
}
