using System.Runtime.InteropServices;
using System.Text;
using NetStack.Drivers.Linux;
using NetStack.Ethernet;

namespace NetStack.Drivers.Tap;

/// <summary>The kernel's <c>struct ifreq</c>: the name of an interface and one value that is asked for or set.</summary>
internal readonly unsafe ref struct InterfaceRequest
{
    /// <summary>The size of the structure on 64-bit kernels, the larger of the two.</summary>
    public const int LengthBytes = 40;

    /// <summary>The room for a name, its closing zero included.</summary>
    public const int NameBytes = 16;

    private readonly Span<byte> _bytes;

    /// <summary>Clears the bytes, which must be <see cref="LengthBytes"/>, and puts the name in. The name is a valid one.</summary>
    public InterfaceRequest(Span<byte> bytes, string name)
    {
        _bytes = bytes;
        bytes.Clear();
        Encoding.ASCII.GetBytes(name, bytes[..(NameBytes - 1)]);
    }

    public short Flags
    {
        get => MemoryMarshal.Read<short>(_bytes[NameBytes..]);
        set => MemoryMarshal.Write(_bytes[NameBytes..], value);
    }

    public int Number
    {
        get => MemoryMarshal.Read<int>(_bytes[NameBytes..]);
        set => MemoryMarshal.Write(_bytes[NameBytes..], value);
    }

    /// <summary>Sets the address of what the request is about.</summary>
    public nint Pointer
    {
        set => MemoryMarshal.Write(_bytes[NameBytes..], value);
    }

    /// <summary>The hardware address, which follows a two-byte family.</summary>
    public MacAddress HardwareAddress => MacAddress.Read(_bytes[(NameBytes + 2)..]);

    /// <summary>Makes the request.</summary>
    /// <returns>Zero, or the error number.</returns>
    public int Control(int descriptor, nuint request)
    {
        fixed (byte* bytes = _bytes)
        {
            return LibC.Control(descriptor, request, bytes) < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }
}
