using System.Text.RegularExpressions;

namespace NetStack.Architecture.Tests;

public partial class HouseRuleTests
{
    private const int LongestFileLines = 400;

    private static readonly string[] VagueNames = ["Manager", "Helper", "Helpers", "Util", "Utils", "Service", "Base", "Context", "Info"];

    /// <summary>Names that are not ours to choose: Kestrel's connection type, MSBuild's.</summary>
    private static readonly string[] GivenNames = ["NetStackConnectionContext"];

    public static IEnumerable<string> Sources => Directory
        .EnumerateFiles(Product.Root, "*.cs", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Product.Root, file).Replace('\\', '/'))
        .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "artifacts"));

    [Fact]
    public void No_source_file_of_the_product_is_longer_than_a_sitting()
    {
        string[] tooLong = [.. Sources
            .Where(file => !file.StartsWith("tests/", StringComparison.Ordinal))
            .Select(file => (file, Lines: File.ReadLines(Path.Combine(Product.Root, file)).Count()))
            .Where(source => source.Lines > LongestFileLines)
            .Select(source => $"{source.file}: {source.Lines}")];

        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_type_is_named_for_nothing_in_particular()
    {
        string[] vague = [.. Sources
            .Where(file => !file.StartsWith("tests/", StringComparison.Ordinal))
            .Where(file => VagueNames.Any(word => Path.GetFileNameWithoutExtension(file).EndsWith(word, StringComparison.Ordinal)))
            .Where(file => !GivenNames.Contains(Path.GetFileNameWithoutExtension(file)))];

        Assert.Empty(vague);
    }

    [Fact]
    public void No_test_is_skipped_in_the_source()
    {
        string[] skipped = [.. Sources
            .Where(file => file.StartsWith("tests/", StringComparison.Ordinal) && !file.EndsWith("HouseRuleTests.cs", StringComparison.Ordinal))
            .Where(file => SkippedTest().IsMatch(File.ReadAllText(Path.Combine(Product.Root, file))))];

        Assert.Empty(skipped);
    }

    [GeneratedRegex("Skip *= *\"")]
    private static partial Regex SkippedTest();
}
