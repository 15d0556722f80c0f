namespace NetStack.Drivers.XenNetfront;

/// <summary>Paths of xenstore.</summary>
/// <remarks>Xen's <c>docs/misc/xenstore.txt</c>; lengths from <c>public/io/xs_wire.h</c>, <c>XENSTORE_ABS_PATH_MAX</c> and <c>XENSTORE_REL_PATH_MAX</c>.</remarks>
internal static class XenStorePath
{
    // errno, as xenstore names them in XS_ERROR.
    public const int NoSuchTransaction = 2;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int InvalidArgument = 22;

    private const int LongestAbsolute = 3072;
    private const int LongestRelative = 2048;

    public static string HomeOf(ushort domain) => $"/local/domain/{domain}";

    /// <summary>The absolute path.</summary>
    /// <exception cref="XenException">It is none.</exception>
    public static string Resolve(string path, ushort domain)
    {
        bool isAbsolute = path.StartsWith('/');
        bool isGood = path.Length > 0 && path.Length <= (isAbsolute ? LongestAbsolute : LongestRelative)
            && (path == "/" || !path.EndsWith('/')) && !path.Contains("//", StringComparison.Ordinal);
        foreach (char letter in path)
        {
            isGood &= char.IsAsciiLetterOrDigit(letter) || letter is '-' or '/' or '_' or '@';
        }

        if (!isGood)
        {
            throw new XenException(XenError.CallFailed, $"xenstore: '{path}' is not a path of a node: give letters, digits and -/_@.", InvalidArgument);
        }

        return isAbsolute ? path : $"{HomeOf(domain)}/{path}";
    }

    /// <summary>Whether a path is another one or below it.</summary>
    public static bool IsWithin(string path, string above) =>
        above == "/" || (path.StartsWith(above, StringComparison.Ordinal) && (path.Length == above.Length || path[above.Length] == '/'));
}
