using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetStack.Core;

namespace NetStack.PacketScripts;

// Slots 23 to 32: waiting for several, the wire, the clock, and what is the host's.
public static unsafe partial class ScriptInterface
{
    private const long NanosecondsPerMicrosecond = 1_000;
    private const long MicrosecondsPerSecond = 1_000_000;

    private static void FillStack(void** table)
    {
        table[23] = (delegate* unmanaged[Cdecl]<nint, PollDescriptor*, nuint, int, int>)&Poll;
        table[24] = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, int>)&WireSend;
        table[25] = (delegate* unmanaged[Cdecl]<nint, byte*, nuint*, long*, int>)&WireReceive;
        table[26] = (delegate* unmanaged[Cdecl]<nint, uint, int>)&Sleep;
        table[27] = (delegate* unmanaged[Cdecl]<nint, long*, void*, int>)&GetTime;
        table[28] = (delegate* unmanaged[Cdecl]<nint, int, int>)&PollCreate;
        table[29] = (delegate* unmanaged[Cdecl]<nint, int, int, int, PollEvent*, int>)&PollControl;
        table[30] = (delegate* unmanaged[Cdecl]<nint, int, PollEvent*, int, int, int>)&PollWait;
        table[31] = (delegate* unmanaged[Cdecl]<nint, int*, int>)&MakePipe;
        table[32] = (delegate* unmanaged[Cdecl]<nint, int, long*, int, long*, nuint, uint, nint>)&Splice;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Poll(nint self, PollDescriptor* descriptors, nuint count, int timeoutMilliseconds) =>
        (int)ForHost(self, host =>
            descriptors is null && count > 0 ? -LinuxError.BadAddress
            : host.Call(timeoutMilliseconds != 0, 0, DeadlineOf(host, timeoutMilliseconds), () => host.Poll(descriptors, (int)count)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int WireSend(nint self, byte* packet, nuint lengthBytes) =>
        (int)ForHost(self, host => packet is null && lengthBytes > 0
            ? -LinuxError.BadAddress
            : host.Send(new ReadOnlySpan<byte>(packet, (int)lengthBytes)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int WireReceive(nint self, byte* buffer, nuint* lengthBytes, long* microseconds) =>
        (int)ForHost(self, host =>
        {
            nuint room = *lengthBytes;
            *lengthBytes = 0;
            if (!host.TryReceive(out SentPacket packet))
            {
                *microseconds = host.Now.Nanoseconds / NanosecondsPerMicrosecond;
                return 0;
            }

            int part = (int)Math.Min(room, (nuint)packet.Bytes.Length);
            packet.Bytes.AsSpan(0, part).CopyTo(new Span<byte>(buffer, part));
            *lengthBytes = (nuint)part;
            *microseconds = packet.At.Nanoseconds / NanosecondsPerMicrosecond;
            return 0;
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sleep(nint self, uint microseconds) =>
        (int)ForHost(self, host => host.Sleep(Duration.FromMicroseconds(microseconds)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetTime(nint self, long* time, void* zone)
    {
        if (HostOf(self) is not { } host || time is null)
        {
            return (int)ForHost(self, static _ => -LinuxError.BadAddress);
        }

        (long seconds, long microseconds) = Math.DivRem(host.Read().Nanoseconds / NanosecondsPerMicrosecond, MicrosecondsPerSecond);
        time[0] = seconds;
        time[1] = microseconds;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int PollCreate(nint self, int size) =>
        (int)ForHost(self, host => size <= 0
            ? -LinuxError.Invalid
            : host.Call(() => host.Add(number => new EventPoll(host, number))));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int PollControl(nint self, int poll, int operation, int number, PollEvent* change) =>
        (int)For(self, poll, descriptor => descriptor is EventPoll events
            ? HostOf(self)!.Call(() => events.Control(operation, number, change))
            : -LinuxError.Invalid);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int PollWait(nint self, int poll, PollEvent* events, int maximum, int timeoutMilliseconds) =>
        (int)For(self, poll, descriptor =>
        {
            if (descriptor is not EventPoll watched || maximum <= 0)
            {
                return -LinuxError.Invalid;
            }

            ScriptedHost host = HostOf(self)!;
            return events is null
                ? -LinuxError.BadAddress
                : host.Call(timeoutMilliseconds != 0, 0, DeadlineOf(host, timeoutMilliseconds), () => watched.Take(events, maximum));
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int MakePipe(nint self, int* numbers) =>
        (int)ForHost(self, host => numbers is null ? -LinuxError.BadAddress : host.MakePipe(numbers));

    /// <remarks>Between a socket of ours and a pipe of the host there is no way but to copy, which is not what splice(2) is for.</remarks>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Splice(nint self, int from, long* fromOffset, int to, long* toOffset, nuint lengthBytes, uint flags) =>
        (nint)ForHost(self, static _ => -LinuxError.NotImplemented);

    private static Instant DeadlineOf(ScriptedHost host, int milliseconds) =>
        milliseconds < 0 ? Instant.Never : host.Now + Duration.FromMilliseconds(milliseconds);
}
