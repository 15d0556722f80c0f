using System.Collections;
using NetStack.Cli.Composition;
using NetStack.Peers;

namespace NetStack.Cli.Tests;

public class ConfigurationTests
{
    private const string Sim = """{ "if": "sim", "ip": ["10.9.0.2/24"], "seed": 5, "json": true }""";

    [Fact]
    public async Task The_file_in_the_folder_makes_the_stack()
    {
        using WorkingFolder folder = new();
        folder.Write(ConfigurationSource.FileName, Sim);

        ProcessOutcome outcome = await folder.RunAsync(["ping", "10.9.0.1", "-c", "1"]);

        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith("{\"event\":\"reply\"", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("for tests only", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_win_over_the_file_and_options_over_both()
    {
        using WorkingFolder folder = new();
        folder.Write(ConfigurationSource.FileName, Sim);

        ProcessOutcome variable = await folder.RunAsync(["ping", "10.8.0.1", "-c", "1"], "NETSTACK__IP=10.8.0.2/24", "NETSTACK__JSON=false");
        ProcessOutcome option = await folder.RunAsync(
            ["ping", "10.7.0.1", "-c", "1", "--ip", "10.7.0.2/24"], "NETSTACK__IP__0=10.8.0.2/24");

        Assert.Equal(0, variable.ExitCode);
        Assert.StartsWith("PING 10.8.0.1", variable.Output, StringComparison.Ordinal);
        Assert.Equal(0, option.ExitCode);
    }

    [Theory]
    [InlineData("{ \"gatway\": \"10.9.0.1\" }", "netstack.json: there is no setting 'gatway'")]
    [InlineData("{ \"ip\": ", "netstack.json, line 1: this is no JSON")]
    [InlineData("[]", "netstack.json: the file holds no object")]
    [InlineData("{ \"ip\": { } }", "netstack.json: ip: write a text")]
    [InlineData("{ \"if\": \"sim\", \"ip\": \"10.9.0.2\" }", "netstack.json: ip 10.9.0.2: this is no address with a prefix length")]
    [InlineData("{ \"if\": \"sim\", \"ip\": \"10.9.0.2/24\", \"cc\": \"vegas\" }", "netstack.json: cc vegas: there is no such congestion control")]
    [InlineData("{ \"json\": \"perhaps\" }", "netstack.json: json perhaps: write true or false")]
    public async Task A_mistake_in_the_file_is_named(string json, string text)
    {
        using WorkingFolder folder = new();
        folder.Write(ConfigurationSource.FileName, json);

        ProcessOutcome outcome = await folder.RunAsync(["ping", "10.9.0.1", "-c", "1"]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(text, Assert.Single(outcome.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_in_variables_keeps_its_order()
    {
        Hashtable environment = new();
        for (int i = 0; i < 12; i++)
        {
            environment[FormattableString.Invariant($"NETSTACK__DNS__{i}")] = FormattableString.Invariant($"10.0.0.{i}");
        }

        environment["netstack__ip"] = "10.9.0.2/24, 10.10.0.2/24";
        ConfigurationSource source = ConfigurationSource.Read(Path.GetTempPath() + Guid.NewGuid(), environment);

        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"10.0.0.{i}"), source[SettingKey.Dns].Select(setting => setting.Text));
        Assert.Equal(["10.9.0.2/24", "10.10.0.2/24"], source[SettingKey.Address].Select(setting => setting.Text));
        Assert.Empty(source[SettingKey.Device]);
    }

    [Theory]
    [InlineData("NETSTACK__ADDRESS", "there is no setting 'ADDRESS'")]
    [InlineData("NETSTACK__IP__FIRST", "must be the number of a list's element")]
    public void A_mistake_in_a_variable_is_named(string name, string text)
    {
        CommandFailure failure = Assert.Throws<CommandFailure>(
            () => ConfigurationSource.Read(Path.GetTempPath() + Guid.NewGuid(), new Hashtable { [name] = "x" }));

        Assert.Equal(2, failure.ExitCode);
        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
    }
}
