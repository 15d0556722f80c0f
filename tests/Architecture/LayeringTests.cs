namespace NetStack.Architecture.Tests;

public class LayeringTests
{
    [Theory]
    [MemberData(nameof(Product.Names), MemberType = typeof(Product))]
    public void An_assembly_references_only_the_layers_below_it(string name)
    {
        string[] foreign = [.. Product.Load(name).GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(reference => reference.StartsWith("NetStack.", StringComparison.Ordinal))
            .Except(Product.Arrows[name])];

        Assert.Empty(foreign);
    }

    [Theory]
    [MemberData(nameof(Product.Names), MemberType = typeof(Product))]
    public void Nothing_but_the_platform_is_referenced(string name)
    {
        string[] foreign = [.. Product.Load(name).GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(reference => !reference.StartsWith("NetStack.", StringComparison.Ordinal)
                && !reference.StartsWith("System.", StringComparison.Ordinal)
                && !(name == "NetStack.AspNetCore" && reference.StartsWith("Microsoft.", StringComparison.Ordinal)))];

        Assert.Empty(foreign);
    }

    [Theory]
    [InlineData("NetStack.Core")]
    [InlineData("NetStack.Ethernet")]
    [InlineData("NetStack.IP")]
    [InlineData("NetStack.Dns")]
    public void A_machine_needs_neither_threads_nor_files_nor_a_console(string name)
    {
        string[] references = [.. Product.Load(name).GetReferencedAssemblies().Select(reference => reference.Name!)];

        Assert.DoesNotContain("System.Threading.Thread", references);
        Assert.DoesNotContain("System.Threading.ThreadPool", references);
        Assert.DoesNotContain("System.Console", references);
        Assert.DoesNotContain("System.Net.Sockets", references);
        Assert.DoesNotContain("System.Diagnostics.Process", references);
    }

    [Fact]
    public void Every_library_folder_is_held_to_the_rules()
    {
        string[] libraries = [.. Directory.EnumerateDirectories(Product.Root)
            .Where(folder => Path.GetFileName(folder) is var name
                && (name.StartsWith("Stack.", StringComparison.Ordinal) || name.StartsWith("Drivers.", StringComparison.Ordinal)
                    || name.StartsWith("Sockets.", StringComparison.Ordinal) || name == "Testing"))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj"))
            .Select(project => Path.GetFileNameWithoutExtension(project)!)];

        Assert.NotEmpty(libraries);
        Assert.Equal(libraries.Order(StringComparer.Ordinal), Product.Arrows.Keys.Order(StringComparer.Ordinal));
    }
}
