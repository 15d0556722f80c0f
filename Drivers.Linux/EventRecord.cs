using System.Runtime.InteropServices;

namespace NetStack.Drivers.Linux;

/// <summary>
/// The kernel's <c>struct epoll_event</c>: what is watched for or has happened, and the number that we gave the descriptor. It
/// is packed on x86-64 alone.
/// </summary>
internal static unsafe class EventRecord
{
    /// <summary>Room for one on any machine.</summary>
    public const int MaximumBytes = 16;

    private const int WatchedBytes = sizeof(uint);

    private static readonly int _numberOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? WatchedBytes : sizeof(ulong);

    /// <summary>The length, in bytes.</summary>
    public static int LengthBytes => _numberOffset + sizeof(ulong);

    public static void Write(byte* record, uint events, int number)
    {
        *(uint*)record = events;
        *(ulong*)(record + _numberOffset) = (ulong)number;
    }

    public static (uint Events, int Number) Read(byte* record) => (*(uint*)record, (int)*(ulong*)(record + _numberOffset));
}
