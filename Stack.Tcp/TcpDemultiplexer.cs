#pragma warning disable CA1822 // The bodies follow.
using System.Diagnostics.CodeAnalysis;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>TCP of one host: finds the connection of each segment, holds the connections that have something to send.</summary>
/// <remarks>RFC 9293.</remarks>
public sealed class TcpDemultiplexer : ITransportProtocol
{
    /// <summary>Makes TCP and attaches it to a host.</summary>
    public TcpDemultiplexer(IpHost host, TcpOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        Host = host;
        Options = options ?? new TcpOptions();
        host.Attach(IpProtocol.Tcp, this);
    }

    /// <summary>The host below.</summary>
    public IpHost Host { get; }

    /// <summary>The limits and choices.</summary>
    public TcpOptions Options { get; }

    /// <summary>The connections, those in TIME-WAIT not counted.</summary>
    public int ConnectionCount { get; }

    /// <summary>The connections remembered in TIME-WAIT.</summary>
    public int TimeWaitCount { get; }

    /// <summary>Opens a connection actively.</summary>
    /// <param name="local">The local address and port; an unspecified address or port 0 leaves that part to the stack, null both.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="options">The choices of the connection; null takes <see cref="TcpOptions.Connection"/>.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="error">Why there is none.</param>
    /// <returns>The connection in SYN-SENT, or null.</returns>
    public TcpConnection? Connect(IpEndPoint? local, IpEndPoint remote, TcpConnectionOptions? options, Instant now, out TcpError error)
    {
        error = TcpError.NetworkUnreachable;
        return null;
    }

    /// <summary>Opens an endpoint that takes in connections.</summary>
    /// <param name="local">The address, unspecified for all, and the port; 0 takes a free one.</param>
    /// <param name="backlog">The established connections that may wait to be accepted, at least 1.</param>
    /// <param name="options">The choices of its connections; null takes <see cref="TcpOptions.Connection"/>.</param>
    /// <param name="error">Why there is none.</param>
    public TcpListenEndpoint? Listen(IpEndPoint local, int backlog, TcpConnectionOptions? options, out TcpError error)
    {
        error = TcpError.AddressInUse;
        return null;
    }

    /// <summary>Takes one connection that has events for its owner. Each is listed once until its events are taken.</summary>
    public bool TryTakeActive([NotNullWhen(true)] out TcpConnection? connection)
    {
        connection = null;
        return false;
    }

    /// <summary>Takes one listen endpoint that has connections to accept.</summary>
    public bool TryTakeActive([NotNullWhen(true)] out TcpListenEndpoint? endpoint)
    {
        endpoint = null;
        return false;
    }

    /// <summary>Copies the connections, those in TIME-WAIT left out, into a list.</summary>
    public void CopyConnections(ICollection<TcpConnection> destination)
    {
    }

    /// <inheritdoc/>
    public void Receive(PacketBuffer packet, in IpFacts facts, Instant now) => Host.Pool.Drop(packet, DropReason.TcpNoConnection);

    /// <inheritdoc/>
    public void ErrorReceived(in IcmpError error, ReadOnlySpan<byte> quote, Instant now)
    {
    }

    /// <inheritdoc/>
    public bool TryTransmit(Instant now) => false;
}
