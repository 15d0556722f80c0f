using System.Buffers.Binary;
using NetStack.IP;

namespace NetStack.PacketScripts;

/// <summary>The memory form of an address: <c>sockaddr_in</c> and <c>sockaddr_in6</c>.</summary>
internal static unsafe class SocketAddress
{
    private const int InetBytes = 16;
    private const int Inet6Bytes = 28;
    private const int Inet6LeastBytes = 24;
    private const int AddressOffset = 4;
    private const int Address6Offset = 8;

    /// <summary>The family, or -1 where not even that was given.</summary>
    public static int FamilyOf(ReadOnlySpan<byte> address) => address.Length < 2 ? -1 : BinaryPrimitives.ReadUInt16LittleEndian(address);

    /// <summary>Reads an address of a socket's family.</summary>
    /// <returns>Zero, or the error, negated.</returns>
    public static int Read(ReadOnlySpan<byte> source, int family, out IpEndPoint endPoint)
    {
        endPoint = default;
        int least = family == LinuxFamily.Inet6 ? Inet6LeastBytes : InetBytes;
        if (source.Length < least)
        {
            return -LinuxError.Invalid;
        }

        if (FamilyOf(source) != family)
        {
            return -LinuxError.FamilyNotSupported;
        }

        ReadOnlySpan<byte> address = family == LinuxFamily.Inet6 ? source.Slice(Address6Offset, 16) : source.Slice(AddressOffset, 4);
        endPoint = new IpEndPoint(IpAddress.Read(address), BinaryPrimitives.ReadUInt16BigEndian(source[2..]));
        return 0;
    }

    /// <summary>Writes as much of an address as there is room for, and its whole length.</summary>
    /// <param name="endPoint">What to write.</param>
    /// <param name="family">The family of the socket: an IPv4 address is mapped where it is IPv6.</param>
    /// <param name="destination">The caller's memory, or zero where it does not want to know.</param>
    /// <param name="lengthBytes">The room, and the length after the call.</param>
    /// <returns>Zero, or the error, negated.</returns>
    public static int Write(in IpEndPoint endPoint, int family, nint destination, uint* lengthBytes)
    {
        if (destination == 0)
        {
            return 0;
        }

        if (lengthBytes is null)
        {
            return -LinuxError.BadAddress;
        }

        if ((int)*lengthBytes < 0)
        {
            return -LinuxError.Invalid;
        }

        Span<byte> bytes = stackalloc byte[Inet6Bytes];
        bytes.Clear();
        int total = InetBytes;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)family);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], endPoint.Port);
        if (family == LinuxFamily.Inet6)
        {
            total = Inet6Bytes;
            BinaryPrimitives.WriteUInt64BigEndian(bytes[Address6Offset..], endPoint.Address.High);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(Address6Offset + 8)..], endPoint.Address.Low);
        }
        else
        {
            endPoint.Address.Write(bytes[AddressOffset..]);
        }

        int written = Math.Min(total, (int)*lengthBytes);
        bytes[..written].CopyTo(new Span<byte>((void*)destination, written));
        *lengthBytes = (uint)total;
        return 0;
    }
}
