using System.Net.Sockets;
using NetStack.Dns;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>Turns what a machine reports into what the platform's programs expect.</summary>
internal static class SocketErrors
{
    public static Exception ToException(TcpError error) => new SocketException((int)ToSocketError(error));

    public static SocketException ToException(UdpError error) => new((int)ToSocketError(error));

    public static SocketException ToException(DnsOutcome outcome, string name) => outcome switch
    {
        DnsOutcome.NameError => new((int)SocketError.HostNotFound, $"The name '{name}' does not exist."),
        DnsOutcome.Success or DnsOutcome.NoData => new((int)SocketError.NoData, $"The name '{name}' has no address."),
        DnsOutcome.InvalidName => new((int)SocketError.HostNotFound, $"'{name}' is no name."),
        DnsOutcome.NoServers => new((int)SocketError.NoRecovery, $"No DNS server is configured to look '{name}' up."),
        DnsOutcome.TimedOut => new((int)SocketError.TryAgain, $"No DNS server answered about '{name}'."),
        _ => new((int)SocketError.NoRecovery, $"The DNS servers could not look '{name}' up ({outcome})."),
    };

    public static SocketError ToSocketError(TcpError error) => error switch
    {
        TcpError.None => SocketError.Success,
        TcpError.AddressInUse => SocketError.AddressAlreadyInUse,
        TcpError.AddressNotAvailable => SocketError.AddressNotAvailable,
        TcpError.InvalidRemote => SocketError.InvalidArgument,
        TcpError.NetworkUnreachable => SocketError.NetworkUnreachable,
        TcpError.HostUnreachable => SocketError.HostUnreachable,
        TcpError.ConnectionRefused => SocketError.ConnectionRefused,
        TcpError.ConnectionReset => SocketError.ConnectionReset,
        TcpError.TimedOut => SocketError.TimedOut,
        TcpError.ConnectionAborted => SocketError.ConnectionAborted,
        TcpError.PortsExhausted => SocketError.AddressAlreadyInUse,
        TcpError.OutOfMemory => SocketError.NoBufferSpaceAvailable,
        _ => SocketError.SocketError,
    };

    public static SocketError ToSocketError(UdpError error) => error switch
    {
        UdpError.None => SocketError.Success,
        UdpError.AddressInUse => SocketError.AddressAlreadyInUse,
        UdpError.AddressNotAvailable => SocketError.AddressNotAvailable,
        UdpError.PortsExhausted => SocketError.AddressAlreadyInUse,
        UdpError.InvalidDestination => SocketError.InvalidArgument,
        UdpError.NetworkUnreachable => SocketError.NetworkUnreachable,
        UdpError.HostUnreachable => SocketError.HostUnreachable,
        UdpError.ConnectionRefused => SocketError.ConnectionRefused,
        UdpError.MessageTooLong => SocketError.MessageSize,
        UdpError.Prohibited => SocketError.AccessDenied,
        UdpError.ProtocolError => SocketError.ProtocolOption,
        _ => SocketError.SocketError,
    };

    /// <summary>The error of a datagram that was not sent; <see cref="UdpError.None"/> where nobody needs to know.</summary>
    public static UdpError ToError(UdpSendStatus status) => status switch
    {
        UdpSendStatus.NoRoute => UdpError.NetworkUnreachable,
        UdpSendStatus.BroadcastRefused => UdpError.Prohibited,
        UdpSendStatus.InvalidDestination => UdpError.InvalidDestination,
        UdpSendStatus.MessageTooLong => UdpError.MessageTooLong,
        _ => UdpError.None,
    };
}
