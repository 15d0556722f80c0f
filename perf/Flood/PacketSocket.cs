using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace NetStack.Flood;

/// <summary>Sends whole Ethernet frames from an interface. See packet(7).</summary>
internal sealed class PacketSocket : IDisposable
{
    private const ushort EtherTypeIPv4 = 0x0800;
    private const int AddressBytes = 20;

    private readonly Socket _socket = new(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified) { SendBufferSize = 1 << 20 };

    public PacketSocket(string device)
    {
        NetworkInterface found = NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(each => each.Name == device)
            ?? throw new ArgumentException($"There is no interface {device}.", nameof(device));
        _socket.Bind(new LinkEndPoint(IndexOf(found.Name)));
    }

    /// <summary>False where the interface has no room.</summary>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        try
        {
            return _socket.Send(frame) == frame.Length;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.NoBufferSpaceAvailable)
        {
            return false;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static int IndexOf(string device) =>
        int.Parse(File.ReadAllText($"/sys/class/net/{device}/ifindex"), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary><c>struct sockaddr_ll</c> of an interface.</summary>
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            SocketAddress address = new(AddressFamily.Packet, AddressBytes);
            Span<byte> bytes = address.Buffer.Span;
            BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], EtherTypeIPv4);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], index);
            return address;
        }
    }
}
