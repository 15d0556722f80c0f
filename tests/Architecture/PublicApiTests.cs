namespace NetStack.Architecture.Tests;

/// <summary>
/// The public API is what is approved in PublicApi/. To approve a change, run the tests with
/// NETSTACK_APPROVE_API=1 and commit the difference.
/// </summary>
public class PublicApiTests
{
    private static readonly string Folder = Path.Combine(Product.Root, "tests", "Architecture", "PublicApi");

    [Theory]
    [MemberData(nameof(Product.Names), MemberType = typeof(Product))]
    public void The_public_api_is_the_approved_one(string name)
    {
        string actual = ApiText.Of(Product.Load(name));
        string file = Path.Combine(Folder, name + ".txt");
        if (Environment.GetEnvironmentVariable("NETSTACK_APPROVE_API") == "1")
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(file, actual);
        }

        Assert.True(File.Exists(file), $"{file} is missing: run the tests once with NETSTACK_APPROVE_API=1 and read what it writes.");
        string[] approved = File.ReadAllLines(file);
        string[] lines = actual.TrimEnd('\n').Split('\n');
        Assert.Empty(approved.Except(lines).Select(line => "gone: " + line).Concat(lines.Except(approved).Select(line => "new: " + line)));
    }
}
