using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>
/// xenstore's end of a connection, which has answered before it is asked: requests are numbered from 1. What is sent by one call
/// is what one read gives, so that a message can come in pieces.
/// </summary>
internal sealed unsafe partial class StorePeer : IDisposable
{
    private const int FamilyUnix = 1;

    private readonly SafeFileHandle _far;

    public StorePeer()
    {
        int* descriptors = stackalloc int[2];
        Assert.Equal(0, SocketPair(FamilyUnix, LibC.SocketDatagram | LibC.NonBlocking | LibC.CloseOnExec, 0, descriptors));
        _far = new SafeFileHandle(descriptors[1], ownsHandle: true);
        Connection = new StoreConnection(new SafeFileHandle(descriptors[0], ownsHandle: true));
        Store = new LinuxXenStore(Connection);
    }

    public StoreConnection Connection { get; }

    public LinuxXenStore Store { get; }

    public static byte[] Message(StoreRequest type, uint request, string body, uint transaction = 0, uint? length = null)
    {
        byte[] text = Encoding.Latin1.GetBytes(body);
        byte[] message = new byte[16 + text.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(message, (uint)type);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), request);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), transaction);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(12), length ?? (uint)text.Length);
        text.CopyTo(message, 16);
        return message;
    }

    public static byte[] Event(string path, string token) => Message(StoreRequest.WatchEvent, 0, $"{path}\0{token}\0");

    public void Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            Assert.Equal(bytes.Length, LibC.Write((int)_far.DangerousGetHandle(), start, (nuint)bytes.Length));
        }
    }

    public byte[] TakeRequest()
    {
        byte[] bytes = new byte[8192];
        fixed (byte* start = bytes)
        {
            nint length = LibC.Read((int)_far.DangerousGetHandle(), start, (nuint)bytes.Length);
            return bytes[..(int)Math.Max(0, length)];
        }
    }

    public void Dispose()
    {
        _far.Dispose();
        Store.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int family, int type, int protocol, int* descriptors);
}
