namespace NetStack.Dns.Tests;

/// <summary>One line of a table that <c>Captures/extract.sh</c> made: a recorded message, and what tshark reads in it.</summary>
internal sealed class CapturedMessage
{
    private readonly Dictionary<string, string> _fields = [];

    private CapturedMessage(string[] names, string[] values)
    {
        for (int i = 0; i < names.Length; i++)
        {
            _fields[names[i]] = i < values.Length ? values[i] : "";
        }
    }

    /// <summary>The capture and the frame, for the messages of failures.</summary>
    public string Origin => $"{_fields["file"]} frame {_fields["frame.number"]}";

    public byte[] Payload => Convert.FromHexString(_fields["udp.payload"]);

    /// <summary>The values tshark gives a field, in the order of the message.</summary>
    public string[] this[string field] => _fields[field].Length == 0 ? [] : _fields[field].Split('|');

    public static List<CapturedMessage> ReadAll(string table)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Captures", table));
        string[] names = lines[0].Split('\t');
        return lines.Skip(1).Select(line => new CapturedMessage(names, line.Split('\t'))).ToList();
    }
}
