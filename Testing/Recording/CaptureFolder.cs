using System.Globalization;

namespace NetStack.Testing;

/// <summary>Where the frames of failed scenarios are left: <c>artifacts/captures</c> at the root of the sources.</summary>
public static class CaptureFolder
{
    /// <summary>The folder: below the nearest parent of the program that is a solution's or a repository's root, or below the current folder.</summary>
    public static string Path { get; } = System.IO.Path.Combine(FindRoot(), "artifacts", "captures");

    /// <summary>The file of a scenario and a seed.</summary>
    public static string PathOf(string scenario, ulong seed)
    {
        ArgumentException.ThrowIfNullOrEmpty(scenario);
        char[] name = scenario.ToCharArray();
        for (int i = 0; i < name.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(name[i]))
            {
                name[i] = '-';
            }
        }

        return System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{new string(name)}-seed-{seed}.pcapng"));
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles("*.sln").Any() || System.IO.Path.Exists(System.IO.Path.Combine(folder.FullName, ".git")))
            {
                return folder.FullName;
            }
        }

        return Environment.CurrentDirectory;
    }
}
