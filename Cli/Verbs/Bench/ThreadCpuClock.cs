using System.Runtime.InteropServices;

namespace NetStack.Cli.Verbs.Bench;

/// <summary>The processor time of the calling thread: what other programs take of the machine does not count.</summary>
internal static partial class ThreadCpuClock
{
    // <time.h> on Linux.
    private const int ThreadCpuTime = 3;

    /// <summary>The time used so far in seconds.</summary>
    public static double Seconds
    {
        get
        {
            if (GetTime(ThreadCpuTime, out TimeSpecification time) != 0)
            {
                throw CommandFailure.Missing("bench: this system has no clock for the processor time of a thread; run it on Linux.");
            }

            return time.Seconds + (time.Nanoseconds / 1e9);
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpecification time);

    private struct TimeSpecification
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
