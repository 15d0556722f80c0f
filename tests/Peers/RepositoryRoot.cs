namespace NetStack.Peers;

/// <summary>The folder of the repository that the running tests were built from.</summary>
public static class RepositoryRoot
{
    private const string Mark = "NetStack.sln";

    /// <summary>The folder, absolute.</summary>
    /// <exception cref="PeerException">The tests run outside of a repository.</exception>
    public static string Path { get; } = Find();

    /// <summary>The path of something in the repository.</summary>
    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, Mark)))
            {
                return folder.FullName;
            }
        }

        throw new PeerException($"No folder above {AppContext.BaseDirectory} has {Mark}: run the tests in the repository.");
    }
}
