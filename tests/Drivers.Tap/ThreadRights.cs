using System.ComponentModel;
using System.Runtime.InteropServices;

namespace NetStack.Drivers.Tap.Tests;

/// <summary>Takes rights and files from the calling thread alone, which must end afterwards.</summary>
internal static unsafe partial class ThreadRights
{
    private const uint CapabilityVersion = 0x2008_0522;
    private const int CloneNewMounts = 0x20000;
    private const ulong MountPrivateRecursive = (1 << 18) | (1 << 14);

    /// <summary>Gives up all capabilities: root by number, a nobody by right.</summary>
    public static void DropCapabilities()
    {
        uint* header = stackalloc uint[2] { CapabilityVersion, 0 };
        uint* none = stackalloc uint[6];
        new Span<uint>(none, 6).Clear();
        Require(CapabilitySet(header, none));
    }

    /// <summary>Puts an empty folder over another, for this thread only.</summary>
    public static void HideFolder(string path)
    {
        Require(Unshare(CloneNewMounts));
        Require(Mount("none", "/", null, MountPrivateRecursive, null));
        Require(Mount("none", path, "tmpfs", 0, null));
    }

    private static void Require(int result)
    {
        if (result != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    private static partial int CapabilitySet(uint* header, uint* data);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int kinds);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string? kind, ulong flags, string? data);
}
