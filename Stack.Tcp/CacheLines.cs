using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NetStack.Tcp;

/// <summary>
/// Fetches memory into the processor's caches ahead of its use, without waiting for it. A hint: where the processor has
/// none that .NET knows of, nothing happens.
/// </summary>
internal static unsafe class CacheLines
{
    private const int LineBytes = 64;

    /// <summary>Fetches the line of a variable.</summary>
    public static void Fetch<T>(ref T variable)
    {
        if (Sse.IsSupported)
        {
            // The collector may move what is pointed at: then the hint is lost, and nothing else.
            Sse.Prefetch0(Unsafe.AsPointer(ref variable));
        }
    }

    /// <summary>Fetches an object.</summary>
    /// <param name="instance">The object.</param>
    /// <param name="sizeBytes">How much of it.</param>
    public static void Fetch(object instance, int sizeBytes)
    {
        if (Sse.IsSupported)
        {
            // Any object's first field stands where that of a box does. Before it stands the method table, which every cast looks at.
            byte* start = (byte*)Unsafe.AsPointer(ref Unsafe.As<StrongBox<byte>>(instance).Value) - sizeof(nint);
            for (int offset = 0; offset < sizeBytes; offset += LineBytes)
            {
                Sse.Prefetch0(start + offset);
            }

            Sse.Prefetch0(start + sizeBytes - 1);
        }
    }
}
