using System.Runtime.InteropServices;

namespace NetStack.PacketScripts;

/// <summary><c>struct msghdr</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public nint Name;
    public uint NameLengthBytes;
    public nint* Vector;
    public nuint VectorCount;
    public nint Control;
    public nuint ControlLengthBytes;
    public int Flags;
}
