using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront;

/// <summary>xenstore through <c>/dev/xen/xenbus</c>. A value may hold any bytes: each is a character, of 0 to 255.</summary>
internal sealed class LinuxXenStore(StoreConnection connection) : IXenStore
{
    // io/xs_wire.h: XENSTORE_ABS_PATH_MAX.
    private const int MaximumPathBytes = 3072;

    public SafeFileHandle? Handle => connection.Handle;

    public string? Read(string path, uint transaction = 0)
    {
        ReadOnlySpan<byte> value = Ask(StoreRequest.Read, transaction, out int error, path);
        return IsNothing(error) ? null : Text(value, error, "reading", path);
    }

    public void Write(string path, string value, uint transaction = 0)
    {
        // Alone of all texts a value has no NUL behind it.
        byte[] request = Encode([path], value);
        connection.Ask(StoreRequest.Write, transaction, request, out int error);
        ThrowIfRefused(error, "writing", path);
    }

    public void Remove(string path, uint transaction = 0)
    {
        Ask(StoreRequest.Remove, transaction, out int error, path);
        if (error != Errno.NoEntry)
        {
            ThrowIfRefused(error, "removing", path);
        }
    }

    public IReadOnlyList<string>? List(string path, uint transaction = 0)
    {
        ReadOnlySpan<byte> names = Ask(StoreRequest.Directory, transaction, out int error, path);
        if (IsNothing(error))
        {
            return null;
        }

        return Text(names, error, "listing", path).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    public void PermitReading(string path, ushort domain, uint transaction = 0)
    {
        // The first is the owner, and with the letter also says what all others may.
        string own = Read("domid") ?? "0";
        string reader = string.Create(CultureInfo.InvariantCulture, $"r{domain}");
        Ask(StoreRequest.SetPermissions, transaction, out int error, path, "n" + own, reader);
        ThrowIfRefused(error, "permitting to read", path);
    }

    public uint Begin()
    {
        string number = Text(Ask(StoreRequest.TransactionStart, 0, out int error, ""), error, "beginning a transaction", "");
        return uint.TryParse(number.TrimEnd('\0'), NumberStyles.None, CultureInfo.InvariantCulture, out uint transaction) && transaction != 0
            ? transaction
            : throw XenFailure.StoreBroken("a transaction has no number");
    }

    public bool End(uint transaction, bool commits)
    {
        Ask(StoreRequest.TransactionEnd, transaction, out int error, commits ? "T" : "F");
        if (error == Errno.TryAgain)
        {
            return false;
        }

        ThrowIfRefused(error, "ending a transaction", "");
        return true;
    }

    public void Watch(string path, string token)
    {
        Ask(StoreRequest.Watch, 0, out int error, path, token);
        ThrowIfRefused(error, "watching", path);
    }

    public void Unwatch(string path, string token) => Ask(StoreRequest.Unwatch, 0, out _, path, token);

    public bool TryTakeFired(out string path, out string token) => connection.TryTakeEvent(out path, out token);

    public void Dispose() => connection.Dispose();

    private static bool IsNothing(int error) => error is Errno.NoEntry or Errno.AccessDenied;

    private static string Text(ReadOnlySpan<byte> answer, int error, string doing, string path)
    {
        ThrowIfRefused(error, doing, path);
        return Encoding.Latin1.GetString(answer);
    }

    private static void ThrowIfRefused(int error, string doing, string path)
    {
        if (error != 0)
        {
            throw XenFailure.Refused($"{doing} {path}".TrimEnd(), error);
        }
    }

    private static byte[] Encode(ReadOnlySpan<string> texts, string value)
    {
        int length = value.Length;
        foreach (string text in texts)
        {
            if (text.Contains('\0', StringComparison.Ordinal) || text.Length > MaximumPathBytes)
            {
                throw XenFailure.BadText($"a path or token of {text.Length} characters is none");
            }

            length += text.Length + 1;
        }

        byte[] bytes = new byte[length];
        int at = 0;
        foreach (string text in texts)
        {
            at += Encode(text, bytes.AsSpan(at)) + 1;
        }

        Encode(value, bytes.AsSpan(at));
        return bytes;
    }

    private static int Encode(string text, Span<byte> bytes)
    {
        for (int i = 0; i < text.Length; i++)
        {
            bytes[i] = text[i] <= byte.MaxValue
                ? (byte)text[i]
                : throw XenFailure.BadText("a text has a character that is no byte");
        }

        return text.Length;
    }

    private ReadOnlySpan<byte> Ask(StoreRequest type, uint transaction, out int error, params ReadOnlySpan<string> texts) =>
        connection.Ask(type, transaction, Encode(texts, ""), out error);
}
