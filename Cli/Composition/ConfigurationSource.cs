using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace NetStack.Cli.Composition;

/// <summary>
/// Settings from <c>netstack.json</c> in the current folder and from <c>NETSTACK__*</c> variables, which win over the file.
/// A list is an array in the file, and <c>NETSTACK__IP__0</c>, <c>NETSTACK__IP__1</c> or one text with commas in variables.
/// </summary>
internal sealed class ConfigurationSource
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "netstack.json";

    private const string Prefix = "NETSTACK__";

    private readonly Dictionary<string, List<Setting>> _file = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, List<Setting>> _variables = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads both sources.</summary>
    /// <exception cref="CommandFailure">The file is no JSON object, or a name in either is not known.</exception>
    public static ConfigurationSource Read(string folder, IDictionary environment)
    {
        ConfigurationSource source = new();
        source.ReadFile(Path.Combine(folder, FileName));
        source.ReadVariables(environment);
        return source;
    }

    /// <summary>The values of a setting: those of the variables, or else those of the file, or else none.</summary>
    public IReadOnlyList<Setting> this[string key] =>
        _variables.TryGetValue(key, out List<Setting>? variables) ? variables
        : _file.TryGetValue(key, out List<Setting>? file) ? file
        : [];

    private void ReadFile(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            JsonDocumentOptions options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw CommandFailure.Usage($"{FileName}: the file holds no object; write {{ \"if\": \"tap:tap0\" }}.");
            }

            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                _file[Known(property.Name, FileName)] = [.. ValuesOf(property)];
            }
        }
        catch (JsonException exception)
        {
            throw CommandFailure.Usage(string.Create(
                CultureInfo.InvariantCulture,
                $"{FileName}, line {exception.LineNumber + 1}: this is no JSON; correct it or delete the file."));
        }
    }

    private static IEnumerable<Setting> ValuesOf(JsonProperty property)
    {
        string origin = $"{FileName}: {property.Name}";
        IEnumerable<JsonElement> elements = property.Value.ValueKind == JsonValueKind.Array
            ? [.. property.Value.EnumerateArray()]
            : [property.Value];
        foreach (JsonElement element in elements)
        {
            yield return element.ValueKind switch
            {
                JsonValueKind.String => new Setting(element.GetString()!, origin),
                JsonValueKind.Number => new Setting(element.GetRawText(), origin),
                JsonValueKind.True => new Setting("true", origin),
                JsonValueKind.False => new Setting("false", origin),
                _ => throw CommandFailure.Usage($"{origin}: write a text, a number, true or false, or a list of them."),
            };
        }
    }

    private void ReadVariables(IDictionary environment)
    {
        SortedDictionary<string, string> relevant = new(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in environment)
        {
            string name = (string)entry.Key;
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                relevant[name] = (string?)entry.Value ?? "";
            }
        }

        // Element 10 of a list stands behind element 9, not behind element 1.
        foreach ((string name, string value) in relevant.OrderBy(variable => variable.Key.Length))
        {
            string[] parts = name[Prefix.Length..].Split("__");
            string key = Known(parts[0], name);
            bool isElement = parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _);
            if (parts.Length > 1 && !isElement)
            {
                throw CommandFailure.Usage($"{name}: the part behind the name must be the number of a list's element, as in {Prefix}IP__0.");
            }

            if (!_variables.TryGetValue(key, out List<Setting>? values))
            {
                _variables.Add(key, values = []);
            }

            string[] texts = isElement ? [value] : value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            values.AddRange(texts.Select(text => new Setting(text, name)));
        }
    }

    private static string Known(string name, string where) =>
        SettingKey.All.FirstOrDefault(key => key.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw CommandFailure.Usage($"{where}: there is no setting '{name}'; the settings are {string.Join(", ", SettingKey.All)}.");
}
