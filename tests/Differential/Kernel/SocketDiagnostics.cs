using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetStack.IP;
using NetStack.Peers;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>Asks the kernel for the state of the connection between two end points, also where no socket is left of it.</summary>
internal sealed unsafe class SocketDiagnostics : IDisposable
{
    private const int MessageHeaderBytes = 16;
    private const int RequestBytes = MessageHeaderBytes + 56;
    private const ushort ByFamily = 20;
    private const ushort Error = 2;
    private const int NoEntry = -2;

    private readonly int _descriptor;

    /// <summary>Must be made in the namespace.</summary>
    public SocketDiagnostics()
    {
        _descriptor = LibC.Socket(LibC.AddressFamilyNetlink, LibC.SocketRaw | LibC.CloseOnExec, LibC.NetlinkDiagnostics);
        KernelStack.Require(_descriptor, "make a socket for diagnostics");
    }

    public TcpState StateOf(IpEndPoint local, IpEndPoint remote)
    {
        byte* bytes = stackalloc byte[8192];
        Span<byte> request = new(bytes, RequestBytes);
        request.Clear();
        MemoryMarshal.Write(request, RequestBytes);
        MemoryMarshal.Write(request[4..], ByFamily);
        MemoryMarshal.Write(request[6..], (ushort)1);
        request[16] = LibC.AddressFamilyInet;
        request[17] = (byte)IpProtocol.Tcp;
        MemoryMarshal.Write(request[20..], uint.MaxValue);
        BinaryPrimitives.WriteUInt16BigEndian(request[24..], local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(request[26..], remote.Port);
        local.Address.Write(request[28..32]);
        remote.Address.Write(request[44..48]);
        request[64..72].Fill(0xFF);
        KernelStack.Require(LibC.Send(_descriptor, bytes, RequestBytes, 0), "ask for a connection's state");
        nint length = LibC.Receive(_descriptor, bytes, 8192, 0);
        KernelStack.Require(length, "read a connection's state");
        ReadOnlySpan<byte> reply = new(bytes, (int)length);
        ushort kind = MemoryMarshal.Read<ushort>(reply[4..]);
        if (kind == Error)
        {
            int error = MemoryMarshal.Read<int>(reply[MessageHeaderBytes..]);
            return error == NoEntry ? TcpState.Closed : throw new PeerException($"The kernel does not tell a connection's state: {error}.");
        }

        return reply[MessageHeaderBytes + 1] switch
        {
            1 => TcpState.Established,
            2 => TcpState.SynSent,
            3 or 12 => TcpState.SynReceived,
            4 => TcpState.FinWait1,
            5 => TcpState.FinWait2,
            6 => TcpState.TimeWait,
            8 => TcpState.CloseWait,
            9 => TcpState.LastAck,
            10 => TcpState.Listen,
            11 => TcpState.Closing,
            _ => TcpState.Closed,
        };
    }

    public void Dispose() => _ = LibC.Close(_descriptor);
}
