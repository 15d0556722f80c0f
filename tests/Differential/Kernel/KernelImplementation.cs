using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>The kernel's TCP through its socket calls. Must be made, used and disposed of in the namespace.</summary>
internal sealed unsafe class KernelImplementation : IImplementation
{
    private const int None = -1;

    private readonly KernelStack _stack;
    private readonly SocketDiagnostics _diagnostics;
    private readonly IpEndPoint _own;
    private readonly IpEndPoint _peer;
    private int _listener = None;
    private int _socket = None;
    private long _sentBytes;

    public KernelImplementation(KernelStack stack, SocketDiagnostics diagnostics, IpEndPoint own, IpEndPoint peer)
    {
        _stack = stack;
        _diagnostics = diagnostics;
        _own = own;
        _peer = peer;
    }

    public TcpState State => _diagnostics.StateOf(_own, _peer);

    public string Call(CallEvent call)
    {
        switch (call.Kind)
        {
            case CallKind.Listen:
                _listener = MakeSocket();
                KernelStack.Require(LibC.Listen(_listener, 16), "listen");
                return "ok";
            case CallKind.Connect:
                _socket = MakeSocket();
                byte* address = stackalloc byte[16];
                Write(address, _peer);
                int result = LibC.Connect(_socket, address, 16);
                return result < 0 && Marshal.GetLastPInvokeError() == LibC.InProgress ? "ok" : Result(result);
            case CallKind.Accept:
                return Accept();
            default:
                return _socket == None ? "no socket" : CallConnected(call);
        }
    }

    public void Inject(byte[] packet) => _stack.Inject(packet);

    public IReadOnlyList<byte[]> TakeSent()
    {
        List<byte[]> sent = [];
        while (_stack.TryTake() is { } packet)
        {
            // Earlier programs may have something to say yet, and the kernel speaks other protocols, too.
            if (packet[0] == 0x45
                && packet[9] == (byte)IpProtocol.Tcp
                && BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(20)) == _own.Port
                && BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(22)) == _peer.Port)
            {
                sent.Add(packet);
            }
        }

        return sent;
    }

    public string TakeError()
    {
        if (_socket == None)
        {
            return "";
        }

        int error;
        uint length = sizeof(int);
        KernelStack.Require(LibC.GetOption(_socket, LibC.SocketLevel, LibC.SocketError, &error, &length), "ask for the error");
        return error == 0 ? "" : ErrorName(error);
    }

    public byte[] Read(out bool isAtEnd)
    {
        isAtEnd = false;
        if (_socket == None)
        {
            return [];
        }

        List<byte> data = [];
        byte[] buffer = new byte[65536];
        fixed (byte* bytes = buffer)
        {
            while (true)
            {
                nint length = LibC.Receive(_socket, bytes, (nuint)buffer.Length, 0);
                if (length <= 0)
                {
                    isAtEnd = length == 0;
                    return [.. data];
                }

                data.AddRange(buffer.AsSpan(0, (int)length));
            }
        }
    }

    public void Dispose()
    {
        if (_socket != None)
        {
            Abort();
        }

        if (_listener != None)
        {
            _ = LibC.Close(_listener);
        }

        TakeSent();
    }

    private string CallConnected(CallEvent call)
    {
        switch (call.Kind)
        {
            case CallKind.Send:
                byte[] data = new byte[call.Bytes];
                for (int i = 0; i < data.Length; i++)
                {
                    data[i] = Peer.SentAt(_sentBytes + i);
                }

                fixed (byte* bytes = data)
                {
                    nint length = LibC.Send(_socket, bytes, (nuint)data.Length, LibC.NoSignal);
                    if (length < 0)
                    {
                        return Result(-1);
                    }

                    _sentBytes += length;
                    return length.ToString(CultureInfo.InvariantCulture);
                }

            case CallKind.Shutdown:
                return Result(LibC.Shutdown(_socket, LibC.ShutdownWrite));
            case CallKind.Close:
                int result = LibC.Close(_socket);
                _socket = None;
                return Result(result);
            case CallKind.Abort:
                Abort();
                return "ok";
            case CallKind.NoDelayOn or CallKind.NoDelayOff:
                return Set(LibC.NoDelay, call.Kind == CallKind.NoDelayOn);
            case CallKind.CorkOn or CallKind.CorkOff:
                return Set(LibC.Cork, call.Kind == CallKind.CorkOn);
            default:
                throw new InvalidOperationException($"{call} is no call of a connection.");
        }
    }

    private string Accept()
    {
        if (_socket != None)
        {
            return "has socket";
        }

        int accepted = LibC.Accept(_listener, null, null, LibC.NonBlocking | LibC.CloseOnExec);
        if (accepted < 0)
        {
            return Result(accepted);
        }

        _socket = accepted;
        return "ok";
    }

    private void Abort()
    {
        int* linger = stackalloc int[2] { 1, 0 };
        KernelStack.Require(LibC.SetOption(_socket, LibC.SocketLevel, LibC.Linger, linger, 8), "set linger");
        _ = LibC.Close(_socket);
        _socket = None;
    }

    private string Set(int option, bool value)
    {
        int number = value ? 1 : 0;
        return Result(LibC.SetOption(_socket, LibC.TcpLevel, option, &number, sizeof(int)));
    }

    private int MakeSocket()
    {
        int descriptor = LibC.Socket(LibC.AddressFamilyInet, LibC.SocketStream | LibC.NonBlocking | LibC.CloseOnExec, 0);
        KernelStack.Require(descriptor, "make a socket");
        int one = 1;
        KernelStack.Require(LibC.SetOption(descriptor, LibC.SocketLevel, LibC.ReuseAddress, &one, sizeof(int)), "set reuse");
        byte* address = stackalloc byte[16];
        Write(address, _own);
        KernelStack.Require(LibC.Bind(descriptor, address, 16), "bind");
        return descriptor;
    }

    private static void Write(byte* destination, IpEndPoint endPoint)
    {
        Span<byte> bytes = new(destination, 16);
        bytes.Clear();
        bytes[0] = LibC.AddressFamilyInet;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], endPoint.Port);
        endPoint.Address.Write(bytes[4..8]);
    }

    private static string Result(int result) => result < 0 ? ErrorName(Marshal.GetLastPInvokeError()) : "ok";

    private static string ErrorName(int error) => error switch
    {
        11 => "EAGAIN",
        32 => "EPIPE",
        104 => "ECONNRESET",
        107 => "ENOTCONN",
        110 => "ETIMEDOUT",
        111 => "ECONNREFUSED",
        _ => string.Create(CultureInfo.InvariantCulture, $"error {error}"),
    };
}
