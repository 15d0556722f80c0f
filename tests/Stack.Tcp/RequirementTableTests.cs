using System.Text.RegularExpressions;

namespace NetStack.Tcp.Tests;

/// <summary>Stack.Tcp/RFC9293.md names every requirement of the RFC, and code and tests that are there.</summary>
public partial class RequirementTableTests
{
    private const int Musts = 69;
    private const int Shoulds = 31;
    private const int Mays = 18;
    private const int Recommendations = 1;
    private const int Columns = 5;

    private static readonly string _root = FindRoot();

    private static readonly Row[] _rows = [.. File.ReadLines(Path.Combine(_root, "Stack.Tcp", "RFC9293.md"))
        .Where(line => RowStart().IsMatch(line))
        .Select(Read)];

    private static readonly ILookup<string, string> _files = Directory
        .EnumerateFiles(_root, "*.cs", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(_root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "artifacts"))
        .ToLookup(file => Path.GetFileName(file), StringComparer.Ordinal);

    [Fact]
    [Trait("RFC", "9293 appendix B")]
    public void Every_requirement_has_its_row()
    {
        string[] expected =
        [
            .. Numbered("MUST", Musts), .. Numbered("SHLD", Shoulds), .. Numbered("MAY", Mays), .. Numbered("REC", Recommendations),
        ];

        Assert.Equal(expected.Order(), _rows.Select(row => row.Id).Order());
    }

    [Fact]
    public void Every_row_says_what_is_asked_where_and_how_we_stand()
    {
        Assert.All(_rows, row =>
        {
            Assert.Matches(@"\(§3(\.\d+)+\)$", row.Asks);
            Assert.Matches("^(met|not met|departs|not applicable: )", row.Stand);
            Assert.NotEmpty(row.Code);
        });
    }

    [Fact]
    public void Every_MUST_is_shown_by_a_test() =>
        Assert.All(_rows.Where(row => row.Id.StartsWith("MUST-", StringComparison.Ordinal)), row => Assert.NotEmpty(row.Tests));

    [Fact]
    public void Every_MUST_that_is_not_met_and_every_departure_is_in_the_list_of_deviations()
    {
        string[] known = [.. File.ReadLines(Path.Combine(_root, "Stack.Tcp", "DEVIATIONS.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1].Trim())];

        foreach (Row row in _rows)
        {
            string[] named = [.. Quoted().Matches(row.Stand).Select(match => match.Groups[1].Value)];
            bool isMust = row.Id.StartsWith("MUST-", StringComparison.Ordinal);
            Assert.True(named.Length > 0 || !(row.Stand.Contains("depart") || (isMust && row.Stand.StartsWith("not ", StringComparison.Ordinal))), row.Id);
            Assert.All(named, name => Assert.Contains(name, known));
        }
    }

    [Fact]
    public void Every_place_in_the_code_is_there()
    {
        string[] missing = [.. _rows
            .SelectMany(row => row.Code.Select(place => (row.Id, Place: place)))
            .Where(named => !HasMember(named.Place))
            .Select(named => $"{named.Id}: {named.Place}")];

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_test_is_there()
    {
        string[] sources = [.. _files
            .SelectMany(files => files)
            .Where(file => Path.GetRelativePath(_root, file).StartsWith("tests" + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            .Select(File.ReadAllText)];
        string[] missing = [.. _rows
            .SelectMany(row => row.Tests.Select(test => (row.Id, Test: test)))
            .Where(named => !sources.Any(source => HasTest(source, named.Test)))
            .Select(named => $"{named.Id}: {named.Test}")];

        Assert.Empty(missing);
    }

    [Theory]
    [InlineData("OpenTests.Two_SYNs_that_cross_open_one_connection", true)]
    [InlineData("OpenTests.Two_SYNs_that_cross_open", false)]
    [InlineData("CloseTests.Two_SYNs_that_cross_open_one_connection", false)]
    public void A_test_that_is_renamed_or_moved_is_missed(string test, bool isFound)
    {
        string source = File.ReadAllText(Path.Combine(_root, "tests", "Stack.Tcp", "OpenTests.cs"));

        Assert.Equal(isFound, HasTest(source, test));
    }

    [Theory]
    [InlineData("TcpConnection.Emit.cs: OfferWindow", true)]
    [InlineData("TcpConnection.Emit.cs: OfferWindows", false)]
    [InlineData("TcpConnection.Omit.cs: OfferWindow", false)]
    public void A_member_that_is_renamed_or_moved_is_missed(string place, bool isFound) => Assert.Equal(isFound, HasMember(place));

    private static IEnumerable<string> Numbered(string kind, int count) => Enumerable.Range(1, count).Select(number => $"{kind}-{number}");

    private static bool HasMember(string place)
    {
        string[] parts = place.Split(": ");
        return parts.Length == 2
            && _files[parts[0]].Any(file => Regex.IsMatch(File.ReadAllText(file), $@"\b{Regex.Escape(parts[1])}\b"));
    }

    private static bool HasTest(string source, string test)
    {
        string[] parts = test.Split('.');
        return parts.Length == 2
            && Regex.IsMatch(source, $@"\bclass {Regex.Escape(parts[0])}\b")
            && Regex.IsMatch(
                source,
                $@"\[(Fact|Theory)\b((?!\b(void|Task) ).)*\b(void|Task) {Regex.Escape(parts[1])}\(",
                RegexOptions.Singleline);
    }

    private static Row Read(string line)
    {
        string[] cells = [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
        Assert.True(cells.Length == Columns, line);
        return new Row(cells[0], cells[1], cells[2], Names(cells[3]), Names(cells[4]));
    }

    private static string[] Names(string cell) => [.. InCode().Matches(cell).Select(match => match.Groups[1].Value)];

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "NetStack.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("NetStack.sln is in no folder above the tests.");
    }

    [GeneratedRegex(@"^\| [A-Z]+-\d+ \|")]
    private static partial Regex RowStart();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InCode();

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Quoted();

    private sealed record Row(string Id, string Asks, string Stand, string[] Code, string[] Tests);
}
