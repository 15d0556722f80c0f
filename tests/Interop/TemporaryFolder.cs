using System.Security.Cryptography;

namespace NetStack.Interop.Tests;

/// <summary>A folder for the files of one test. Disposal deletes it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("netstack-").FullName;

    /// <summary>The folder, absolute.</summary>
    public string Path { get; }

    /// <summary>The path of a file in it.</summary>
    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file of random bytes.</summary>
    /// <returns>Its path and its SHA-256 in lower-case hexadecimal.</returns>
    public (string Path, string Hash) WriteRandom(string name, long lengthBytes)
    {
        string path = Combine(name);
        byte[] chunk = new byte[1 << 20];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = new(path, FileMode.CreateNew);
        for (long left = lengthBytes; left > 0; left -= chunk.Length)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(left, chunk.Length));
            RandomNumberGenerator.Fill(part);
            hash.AppendData(part);
            file.Write(part);
        }

        return (path, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
