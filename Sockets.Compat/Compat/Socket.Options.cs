using System.Net.Sockets;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <content>Options.</content>
public sealed partial class Socket
{
    private const int LeastBufferBytes = 4 * 1024;
    private const short DefaultTtl = 64;

    private bool _isUrgentInline;
    private int? _receiveBufferBytes;
    private int? _sendBufferBytes;
    private LingerOption _linger = new(enable: false, seconds: 0);

    /// <summary>Whether operations wait. A socket that does not block reports <see cref="SocketError.WouldBlock"/> instead. The
    /// asynchronous operations do not care.</summary>
    public bool Blocking { get; set; } = true;

    /// <summary>How long a synchronous receive or accept waits, in milliseconds; 0: for ever.</summary>
    public int ReceiveTimeout
    {
        get => field;
        set => field = ValidTimeout(value);
    }

    /// <summary>How long a synchronous send waits, in milliseconds; 0: for ever.</summary>
    public int SendTimeout
    {
        get => field;
        set => field = ValidTimeout(value);
    }

    /// <summary>Whether small segments leave at once although earlier ones are not acknowledged (no Nagle algorithm).</summary>
    public bool NoDelay
    {
        get
        {
            ThrowIfDisposed();
            return _choices.NoDelay;
        }

        set
        {
            ThrowIfDisposed();
            Change(options => options with { NoDelay = value });
        }
    }

    /// <summary>What <see cref="Close()"/> does: enabled with 0 seconds it resets the connection; enabled with more it waits so long for the
    /// peer to take what was sent; else the stack sends it in the background.</summary>
    public LingerOption? LingerState
    {
        get
        {
            ThrowIfDisposed();
            return new LingerOption(_linger.Enabled, _linger.LingerTime);
        }

        set
        {
            ThrowIfDisposed();
            ArgumentNullException.ThrowIfNull(value);
            _linger = new LingerOption(value.Enabled, value.LingerTime);
        }
    }

    /// <summary>The bytes that may be received before the application has read any. The stack sizes the buffer by what is read unless it is set.</summary>
    public int ReceiveBufferSize
    {
        get => _receiveBufferBytes ?? _tcp?.Connection.Pipe.Connection.ReceiveBufferBytes ?? Stack.Loop.Tcp.Options.Connection.StartingReceiveBufferBytes;
        set
        {
            ThrowIfDisposed();
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            int bytes = Math.Max(value, LeastBufferBytes);
            _receiveBufferBytes = bytes;
            Change(options => options with { ReceiveBufferBytes = bytes });
        }
    }

    /// <summary>The bytes that may wait to be sent or acknowledged. The stack sizes the buffer by the congestion window unless it is set.</summary>
    public int SendBufferSize
    {
        get => _sendBufferBytes ?? _tcp?.Connection.Pipe.Connection.SendBufferBytes ?? Stack.Loop.Tcp.Options.Connection.StartingSendBufferBytes;
        set
        {
            ThrowIfDisposed();
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            int bytes = Math.Max(value, LeastBufferBytes);
            _sendBufferBytes = bytes;
            Change(options => options with { SendBufferBytes = bytes });
        }
    }

    /// <summary>Whether no other socket may be bound to the same port: the stack always sees to that.</summary>
    public bool ExclusiveAddressUse { get; set; }

    /// <summary>Whether a socket of IPv6 speaks to IPv4 peers too, by their mapped addresses: it does.</summary>
    /// <exception cref="NotSupportedException">It is set to false, or the socket is of IPv4.</exception>
    public bool DualMode
    {
        get => AddressFamily == AddressFamily.InterNetworkV6
            ? true
            : throw new NotSupportedException("This protocol version is not supported.");
        set
        {
            if (AddressFamily != AddressFamily.InterNetworkV6 || !value)
            {
                throw new NotSupportedException("Sockets of IPv6 are dual-mode always, those of IPv4 never.");
            }
        }
    }

    /// <summary>Whether datagrams may be sent to broadcast addresses.</summary>
    public bool EnableBroadcast
    {
        get => field;
        set
        {
            ThrowIfDisposed();
            field = value;
            _udp?.Configure(endpoint => endpoint.AllowBroadcast = value);
        }
    }

    /// <summary>Whether a datagram larger than the path takes is refused instead of sent in fragments. TCP never sends fragments.</summary>
    public bool DontFragment
    {
        get => field;
        set
        {
            ThrowIfDisposed();
            field = value;
            _udp?.Configure(endpoint => endpoint.DontFragment = value);
        }
    }

    /// <summary>The routers a packet passes at the most.</summary>
    /// <exception cref="SocketException">It is not from 1 to 255, or the socket is a stream socket: TCP sends with the stack's own.</exception>
    public short Ttl
    {
        get => field;
        set
        {
            ThrowIfDisposed();
            if (value is < 1 or > byte.MaxValue)
            {
                throw Failure(SocketError.InvalidArgument);
            }

            if (IsStream && value != field)
            {
                throw Failure(SocketError.OperationNotSupported);
            }

            field = value;
            _udp?.Configure(endpoint => endpoint.HopLimit = (byte)value);
        }
    } = DefaultTtl;

    /// <summary>Reads an option.</summary>
    /// <returns>An <see cref="int"/>, or the <see cref="LingerOption"/>.</returns>
    /// <exception cref="SocketException">The stack has no such option.</exception>
    public object? GetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName)
    {
        ThrowIfDisposed();
        return (optionLevel, optionName) switch
        {
            (SocketOptionLevel.Tcp, _) when IsStream && TcpOptionOf(optionName) is { } option => GetTcpOption(option),
            (SocketOptionLevel.Socket, SocketOptionName.KeepAlive) => _choices.KeepAlive ? 1 : 0,
            (SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline) => _isUrgentInline ? 1 : 0,
            (SocketOptionLevel.Socket, SocketOptionName.Linger) => LingerState,
            (SocketOptionLevel.Socket, SocketOptionName.ReceiveBuffer) => ReceiveBufferSize,
            (SocketOptionLevel.Socket, SocketOptionName.SendBuffer) => SendBufferSize,
            (SocketOptionLevel.Socket, SocketOptionName.ReceiveTimeout) => ReceiveTimeout,
            (SocketOptionLevel.Socket, SocketOptionName.SendTimeout) => SendTimeout,
            (SocketOptionLevel.Socket, SocketOptionName.Broadcast) => EnableBroadcast ? 1 : 0,
            (SocketOptionLevel.IP, SocketOptionName.IpTimeToLive) => (int)Ttl,
            (SocketOptionLevel.IP, SocketOptionName.DontFragment) => DontFragment ? 1 : 0,
            (SocketOptionLevel.Socket, SocketOptionName.ReuseAddress) => 0,
            (SocketOptionLevel.Socket, SocketOptionName.ExclusiveAddressUse) => ExclusiveAddressUse ? 1 : 0,
            (SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) => _listener is null ? 0 : 1,
            (SocketOptionLevel.Socket, SocketOptionName.Type) => (int)SocketType,
            (SocketOptionLevel.Socket, SocketOptionName.Error) => (int)(_tcp?.PendingError ?? SocketError.Success),
            (SocketOptionLevel.IPv6, SocketOptionName.IPv6Only) when AddressFamily == AddressFamily.InterNetworkV6 => 0,
            _ => throw Failure(SocketError.OperationNotSupported),
        };
    }

    /// <summary>Sets an option.</summary>
    /// <exception cref="SocketException">The stack has no such option.</exception>
    public void SetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, bool optionValue) =>
        SetSocketOption(optionLevel, optionName, optionValue ? 1 : 0);

    /// <summary>Sets an option that is no number: only the <see cref="LingerOption"/>.</summary>
    /// <exception cref="ArgumentException">It is another.</exception>
    public void SetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, object optionValue)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(optionValue);
        if (optionLevel != SocketOptionLevel.Socket || optionName != SocketOptionName.Linger || optionValue is not LingerOption linger)
        {
            throw new ArgumentException("Only the linger option takes an object.", nameof(optionValue));
        }

        LingerState = linger;
    }

    /// <summary>Sets an option.</summary>
    /// <exception cref="SocketException">The stack has no such option.</exception>
    public void SetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, int optionValue)
    {
        ThrowIfDisposed();
        switch (optionLevel, optionName)
        {
            case (SocketOptionLevel.Tcp, _) when TcpOptionOf(optionName) is { } option:
                SetTcpOption(option, optionValue);
                break;
            case (SocketOptionLevel.Socket, SocketOptionName.KeepAlive):
                Change(options => options with { KeepAlive = optionValue != 0 });
                break;
            case (SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline):
                _isUrgentInline = optionValue != 0;
                if (_tcp is { } transfer)
                {
                    transfer.IsUrgentInline = _isUrgentInline;
                }

                break;
            case (SocketOptionLevel.Socket, SocketOptionName.ReceiveBuffer):
                ReceiveBufferSize = optionValue;
                break;
            case (SocketOptionLevel.Socket, SocketOptionName.SendBuffer):
                SendBufferSize = optionValue;
                break;
            case (SocketOptionLevel.Socket, SocketOptionName.ReceiveTimeout):
                ReceiveTimeout = optionValue;
                break;
            case (SocketOptionLevel.Socket, SocketOptionName.SendTimeout):
                SendTimeout = optionValue;
                break;
            case (SocketOptionLevel.Socket, SocketOptionName.DontLinger):
                _linger = new LingerOption(enable: false, seconds: 0);
                break;
            case (SocketOptionLevel.Socket, SocketOptionName.Broadcast):
                EnableBroadcast = optionValue != 0;
                break;
            case (SocketOptionLevel.IP, SocketOptionName.IpTimeToLive):
                Ttl = (short)optionValue;
                break;
            case (SocketOptionLevel.IP, SocketOptionName.DontFragment):
                DontFragment = optionValue != 0;
                break;
            case (SocketOptionLevel.Socket, SocketOptionName.ExclusiveAddressUse):
                ExclusiveAddressUse = optionValue != 0;
                break;
            case (SocketOptionLevel.Socket, SocketOptionName.ReuseAddress):
                // A port in TIME-WAIT can always be bound; one that somebody listens on never.
                break;
            case (SocketOptionLevel.IPv6, SocketOptionName.IPv6Only) when AddressFamily == AddressFamily.InterNetworkV6 && optionValue == 0:
                break;
            default:
                throw Failure(SocketError.OperationNotSupported);
        }
    }

    private static int ValidTimeout(int milliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, Timeout.Infinite, "value");
        return Math.Max(milliseconds, 0);
    }

    /// <summary>The choices of the datagram socket.</summary>
    private UdpOptions DatagramOptions() => new()
    {
        AllowBroadcast = EnableBroadcast,
        DontFragment = DontFragment,
        HopLimit = (byte)Ttl,
        ReceiveQueueBytes = _receiveBufferBytes ?? UdpOptions.Default.ReceiveQueueBytes,
    };

    /// <summary>An accepted socket starts with the options of the one that listens.</summary>
    private void CopyOptions(Socket listening)
    {
        _isUrgentInline = listening._isUrgentInline;
        _receiveBufferBytes = listening._receiveBufferBytes;
        _sendBufferBytes = listening._sendBufferBytes;
        _linger = listening._linger;
        _isCorked = listening._isCorked;
    }
}
