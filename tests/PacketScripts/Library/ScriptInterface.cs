using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetStack.PacketScripts;

/// <summary>
/// What a script runner calls: one function that fills its table with the 33 pointers. Slot 0 is what every function gets
/// back as its first argument.
/// </summary>
public static unsafe partial class ScriptInterface
{
    /// <summary>The pointers of the table.</summary>
    public const int TableLength = 33;

    /// <summary>Fills a table of <see cref="TableLength"/> pointers.</summary>
    /// <param name="flags">The flags as a C string; null for the defaults. With wrong ones every call fails.</param>
    /// <param name="table">The table.</param>
    [UnmanagedCallersOnly(EntryPoint = "packetdrill_interface_init", CallConvs = [typeof(CallConvCdecl)])]
    public static void Initialize(byte* flags, void** table) => Fill(flags, table);

    /// <summary>As <see cref="Initialize"/>, for callers within.</summary>
    internal static void Fill(byte* flags, void** table)
    {
        ScriptedHost? host = null;
        try
        {
            if (StackFlags.TryParse(Marshal.PtrToStringUTF8((nint)flags), out StackFlags parsed, out string complaint))
            {
                host = new ScriptedHost(parsed);
            }
            else
            {
                Complain(complaint);
            }
        }
        catch (Exception error)
        {
            Complain(error.Message);
        }

        table[0] = (void*)GCHandle.ToIntPtr(GCHandle.Alloc(new HostReference(host)));
        FillSockets(table);
        FillTransfers(table);
        FillStack(table);
    }

    /// <summary>A line on standard error.</summary>
    internal static void Complain(string text) => Console.Error.WriteLine("netstack_packetscripts: " + text);

    private static ScriptedHost? HostOf(nint self) => ((HostReference)GCHandle.FromIntPtr(self).Target!).Host;

    /// <summary>Makes a call for the socket behind a descriptor.</summary>
    private static long ForSocket(nint self, int number, Func<SocketDescriptor, long> call) => For(self, number, descriptor =>
        descriptor is SocketDescriptor socket ? call(socket) : -LinuxError.NotSocket);

    /// <summary>Makes a call for what is behind a descriptor.</summary>
    private static long For(nint self, int number, Func<Descriptor, long> call) => ForHost(self, host =>
        host.Find(number) is { } descriptor ? call(descriptor)
            : host.IsPipe(number) ? -LinuxError.NotSocket : -LinuxError.BadDescriptor);

    /// <summary>Makes a call for the stack, and tells the C library's errno what went wrong.</summary>
    private static long ForHost(nint self, Func<ScriptedHost, long> call)
    {
        long result;
        try
        {
            result = HostOf(self) is { } host ? call(host) : -LinuxError.Invalid;
        }
        catch (Exception error)
        {
            // Nothing above could catch it.
            Complain($"{error.GetType().Name}: {error.Message}");
            result = -LinuxError.Io;
        }

        if (result >= 0)
        {
            return result;
        }

        Marshal.SetLastSystemError((int)-result);
        return -1;
    }
}
