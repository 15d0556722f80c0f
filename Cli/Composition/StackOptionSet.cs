using System.CommandLine;
using System.CommandLine.Parsing;
using NetStack.Cli.Output;
using NetStack.Tcp;

namespace NetStack.Cli.Composition;

/// <summary>The options of every verb that opens a stack. Their values are read as text: each error then says what to write.</summary>
internal sealed class StackOptionSet
{
    private readonly OutputOptionSet _output;
    private readonly Dictionary<string, Option<string[]>> _options = new(StringComparer.Ordinal);

    public StackOptionSet(OutputOptionSet output)
    {
        _output = output;
        Add(SettingKey.Device, "DEVICE", "The device: tap:NAME, xen[:N], pcap:FILE or sim. May be given several times.");
        Add(SettingKey.Address, "ADDR/PREFIX", "An address of the stack, such as 10.9.0.2/24. With several devices, one for each, in their order.");
        Add(SettingKey.Gateway, "ADDR", "The default gateway.");
        Add(SettingKey.Dns, "ADDR", "A DNS server. May be given several times.");
        Add(SettingKey.Mac, "MAC", "The stack's station address.");
        Add(SettingKey.Mtu, "BYTES", "The largest packet.");
        Add(SettingKey.Capture, "FILE", "Write every frame to a pcapng file.");
        Add(SettingKey.Offload, "on|off", "Whether checksums and segmentation are left to the device. On by default.");
        Add(SettingKey.Queues, "N", "The queues of each TAP or Xen interface, from 1 to 16, each with a thread of its own. 1 by default.");
        Add(SettingKey.XenOff, "FEATURE", $"A feature of Xen's interfaces to do without: {string.Join(", ", XenFeatures.Names)}. May be given several times.");
        Add(SettingKey.Congestion, "NAME", $"Congestion control: {string.Join(", ", CongestionControl.Names)}. The first by default.");
        Add(SettingKey.Seed, "N", "Make sequence numbers, ports and ids repeatable. For tests only.");
    }

    public void AddTo(Command verb)
    {
        foreach (Option<string[]> option in _options.Values)
        {
            verb.Add(option);
        }
    }

    /// <summary>Brings options, variables and the file together; options win.</summary>
    public StackSettings Read(ParseResult parsed, out Terminal terminal)
    {
        ConfigurationSource configuration = ConfigurationSource.Read(
            Directory.GetCurrentDirectory(), Environment.GetEnvironmentVariables());
        terminal = Terminal.Open(
            IsSet(parsed, _output.Json, configuration[SettingKey.Json]),
            IsSet(parsed, _output.Verbose, configuration[SettingKey.Verbose]),
            IsSet(parsed, _output.Quiet, configuration[SettingKey.Quiet]));
        Dictionary<string, IReadOnlyList<Setting>> settings = new(StringComparer.Ordinal);
        foreach ((string key, Option<string[]> option) in _options)
        {
            string[] given = parsed.GetValue(option) ?? [];
            settings[key] = given.Length > 0
                ? [.. given.Select(text => new Setting(text, option.Name))]
                : configuration[key];
        }

        return StackSettings.Parse(settings);
    }

    private static bool IsSet(ParseResult parsed, Option<bool> option, IReadOnlyList<Setting> configured)
    {
        if (parsed.GetResult(option) is OptionResult { Implicit: false } || configured.Count == 0)
        {
            return parsed.GetValue(option);
        }

        return configured[^1].Text.ToUpperInvariant() switch
        {
            "TRUE" or "1" => true,
            "FALSE" or "0" => false,
            _ => throw configured[^1].Reject("write true or false."),
        };
    }

    private void Add(string key, string helpName, string description) => _options.Add(
        key,
        new Option<string[]>($"--{key}")
        {
            HelpName = helpName,
            Description = description,
            // One value an occurrence: "--if sim 10.0.0.1" must not take the address for a second device.
            AllowMultipleArgumentsPerToken = false,
            Arity = ArgumentArity.OneOrMore,
        });
}
