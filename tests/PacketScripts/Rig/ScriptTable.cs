using System.Runtime.InteropServices;

namespace NetStack.PacketScripts.Tests;

/// <summary>
/// The 33 functions as a script runner sees them: pointers in a table, called with memory of the C library's kind. A call
/// that fails answers -1, and <see cref="Errno"/> says why.
/// </summary>
internal sealed unsafe class ScriptTable : IDisposable
{
    private readonly void** _table = (void**)NativeMemory.AllocZeroed(ScriptInterface.TableLength, (nuint)sizeof(void*));
    private bool _isFreed;

    /// <summary>Takes the functions of the managed library in this process.</summary>
    public ScriptTable(string? flags)
    {
        byte* text = (byte*)Marshal.StringToCoTaskMemUTF8(flags);
        ScriptInterface.Fill(text, _table);
        Marshal.FreeCoTaskMem((nint)text);
    }

    /// <summary>Takes the functions that the published library exports.</summary>
    public ScriptTable(string? flags, nint library)
    {
        byte* text = (byte*)Marshal.StringToCoTaskMemUTF8(flags);
        ((delegate* unmanaged[Cdecl]<byte*, void**, void>)NativeLibrary.GetExport(library, "packetdrill_interface_init"))(text, _table);
        Marshal.FreeCoTaskMem((nint)text);
    }

    /// <summary>Why the last call of this thread failed.</summary>
    [field: ThreadStatic]
    public static int Errno { get; private set; }

    /// <summary>The slots that nothing fills.</summary>
    public IEnumerable<int> EmptySlots
    {
        get
        {
            List<int> empty = [];
            for (int slot = 0; slot < ScriptInterface.TableLength; slot++)
            {
                if (_table[slot] == null)
                {
                    empty.Add(slot);
                }
            }

            return empty;
        }
    }

    private void* Self => _table[0];

    public void Dispose()
    {
        if (!_isFreed)
        {
            _isFreed = true;
            ((delegate* unmanaged[Cdecl]<void*, void>)_table[1])(Self);
            NativeMemory.Free(_table);
        }
    }

    public int Socket(int domain, int type, int protocol) =>
        Said(((delegate* unmanaged[Cdecl]<void*, int, int, int, int>)_table[2])(Self, domain, type, protocol));

    public int Bind(int fd, ReadOnlySpan<byte> address)
    {
        fixed (byte* start = address)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, byte*, uint, int>)_table[3])(Self, fd, start, (uint)address.Length));
        }
    }

    public int Listen(int fd, int backlog) => Said(((delegate* unmanaged[Cdecl]<void*, int, int, int>)_table[4])(Self, fd, backlog));

    public int Accept(int fd, Span<byte> address, ref uint lengthBytes)
    {
        fixed (byte* start = address)
        fixed (uint* length = &lengthBytes)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, byte*, uint*, int>)_table[5])(Self, fd, start, length));
        }
    }

    public int Connect(int fd, ReadOnlySpan<byte> address)
    {
        fixed (byte* start = address)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, byte*, uint, int>)_table[6])(Self, fd, start, (uint)address.Length));
        }
    }

    public int Read(int fd, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, byte*, nuint, nint>)_table[7])(Self, fd, start, (nuint)buffer.Length));
        }
    }

    /// <summary>readv (slot 8) or writev (slot 13) with two pieces.</summary>
    public int Vector(int slot, int fd, Span<byte> first, Span<byte> second)
    {
        fixed (byte* one = first)
        fixed (byte* two = second)
        {
            nint* vector = stackalloc nint[] { (nint)one, first.Length, (nint)two, second.Length };
            return Said(((delegate* unmanaged[Cdecl]<void*, int, nint*, int, nint>)_table[slot])(Self, fd, vector, 2));
        }
    }

    public int Receive(int fd, Span<byte> buffer, int flags)
    {
        fixed (byte* start = buffer)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, byte*, nuint, int, nint>)_table[9])(Self, fd, start, (nuint)buffer.Length, flags));
        }
    }

    public int ReceiveFrom(int fd, Span<byte> buffer, int flags, Span<byte> address, ref uint lengthBytes)
    {
        fixed (byte* start = buffer)
        fixed (byte* from = address)
        fixed (uint* length = &lengthBytes)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, byte*, nuint, int, byte*, uint*, nint>)_table[10])(
                Self, fd, start, (nuint)buffer.Length, flags, from, length));
        }
    }

    /// <summary>recvmsg (slot 11) or sendmsg (slot 16) with one piece, an address and control messages.</summary>
    public int Message(int slot, int fd, Span<byte> buffer, int flags, Span<byte> address, Span<byte> control, out int resultFlags, out int controlBytes)
    {
        fixed (byte* start = buffer)
        fixed (byte* name = address)
        fixed (byte* messages = control)
        {
            nint* vector = stackalloc nint[] { (nint)start, buffer.Length };
            MessageHeader header = new()
            {
                Name = (nint)name,
                NameLengthBytes = (uint)address.Length,
                Vector = vector,
                VectorCount = 1,
                Control = (nint)messages,
                ControlLengthBytes = (nuint)control.Length,
            };
            int result = Said(((delegate* unmanaged[Cdecl]<void*, int, MessageHeader*, int, nint>)_table[slot])(Self, fd, &header, flags));
            resultFlags = header.Flags;
            controlBytes = (int)header.ControlLengthBytes;
            return result;
        }
    }

    public int Write(int fd, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, byte*, nuint, nint>)_table[12])(Self, fd, start, (nuint)buffer.Length));
        }
    }

    /// <summary>Writes from nowhere.</summary>
    public int WriteNull(int fd, int lengthBytes) =>
        Said(((delegate* unmanaged[Cdecl]<void*, int, byte*, nuint, nint>)_table[12])(Self, fd, null, (nuint)lengthBytes));

    public int Send(int fd, ReadOnlySpan<byte> buffer, int flags)
    {
        fixed (byte* start = buffer)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, byte*, nuint, int, nint>)_table[14])(Self, fd, start, (nuint)buffer.Length, flags));
        }
    }

    public int SendTo(int fd, ReadOnlySpan<byte> buffer, int flags, ReadOnlySpan<byte> address)
    {
        fixed (byte* start = buffer)
        fixed (byte* to = address)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, byte*, nuint, int, byte*, uint, nint>)_table[15])(
                Self, fd, start, (nuint)buffer.Length, flags, to, (uint)address.Length));
        }
    }

    public int FileControl(int fd, int command, int argument = 0) =>
        Said(((delegate* unmanaged[Cdecl]<void*, int, int, nint, int>)_table[17])(Self, fd, command, argument));

    public int DeviceControl(int fd, ulong request, ref int value)
    {
        fixed (int* place = &value)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, ulong, int*, int>)_table[18])(Self, fd, request, place));
        }
    }

    public int Close(int fd) => Said(((delegate* unmanaged[Cdecl]<void*, int, int>)_table[19])(Self, fd));

    public int Shutdown(int fd, int how) => Said(((delegate* unmanaged[Cdecl]<void*, int, int, int>)_table[20])(Self, fd, how));

    public int GetOption(int fd, int level, int option, Span<byte> value, ref uint lengthBytes)
    {
        fixed (byte* start = value)
        fixed (uint* length = &lengthBytes)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, int, int, byte*, uint*, int>)_table[21])(Self, fd, level, option, start, length));
        }
    }

    public int SetOption(int fd, int level, int option, ReadOnlySpan<byte> value)
    {
        fixed (byte* start = value)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, int, int, byte*, uint, int>)_table[22])(
                Self, fd, level, option, start, (uint)value.Length));
        }
    }

    public int Poll(Span<PollDescriptor> descriptors, int timeoutMilliseconds)
    {
        fixed (PollDescriptor* start = descriptors)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, PollDescriptor*, nuint, int, int>)_table[23])(
                Self, start, (nuint)descriptors.Length, timeoutMilliseconds));
        }
    }

    public int WireSend(ReadOnlySpan<byte> packet)
    {
        fixed (byte* start = packet)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, byte*, nuint, int>)_table[24])(Self, start, (nuint)packet.Length));
        }
    }

    /// <summary>The next packet that left, and when in microseconds; empty where there is none.</summary>
    public byte[] WireReceive(out long microseconds, out int result)
    {
        byte[] buffer = new byte[65_536];
        nuint length = (nuint)buffer.Length;
        long at = 0;
        fixed (byte* start = buffer)
        {
            result = Said(((delegate* unmanaged[Cdecl]<void*, byte*, nuint*, long*, int>)_table[25])(Self, start, &length, &at));
        }

        microseconds = at;
        return buffer[..(int)length];
    }

    public int Sleep(uint microseconds) => Said(((delegate* unmanaged[Cdecl]<void*, uint, int>)_table[26])(Self, microseconds));

    /// <summary>The time in microseconds; -1 where the call fails.</summary>
    public long Time()
    {
        long* time = stackalloc long[2];
        return Said(((delegate* unmanaged[Cdecl]<void*, long*, void*, int>)_table[27])(Self, time, null)) == 0 ? time[0] * 1_000_000 + time[1] : -1;
    }

    public int PollCreate(int size) => Said(((delegate* unmanaged[Cdecl]<void*, int, int>)_table[28])(Self, size));

    public int PollControl(int poll, int operation, int fd, uint events, ulong data)
    {
        PollEvent change = new() { Events = events, Data = data };
        return Said(((delegate* unmanaged[Cdecl]<void*, int, int, int, PollEvent*, int>)_table[29])(Self, poll, operation, fd, &change));
    }

    public int PollWait(int poll, Span<PollEvent> events, int timeoutMilliseconds)
    {
        fixed (PollEvent* start = events)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int, PollEvent*, int, int, int>)_table[30])(
                Self, poll, start, events.Length, timeoutMilliseconds));
        }
    }

    public int Pipe(Span<int> numbers)
    {
        fixed (int* start = numbers)
        {
            return Said(((delegate* unmanaged[Cdecl]<void*, int*, int>)_table[31])(Self, start));
        }
    }

    public int Splice(int from, int to, int lengthBytes) =>
        Said(((delegate* unmanaged[Cdecl]<void*, int, long*, int, long*, nuint, uint, nint>)_table[32])(
            Self, from, null, to, null, (nuint)lengthBytes, 0));

    private static int Said(nint result)
    {
        Errno = result < 0 ? Marshal.GetLastSystemError() : 0;
        return (int)result;
    }
}
