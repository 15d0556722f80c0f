using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>
/// A network stack of its own, running: devices, addresses, TCP and UDP, and the thread that drives them. All members may
/// be called from any thread.
/// </summary>
/// <example>
/// <code>
/// NetworkStackOptions options = new();
/// options.AddDevice(TapDevice.Open("tap0"), "10.9.0.2/24");
/// await using NetworkStack stack = NetworkStack.Start(options);
/// await using NetworkListener listener = await stack.ListenAsync(new IPEndPoint(IPAddress.Any, 7));
/// </code>
/// </example>
public sealed partial class NetworkStack : IAsyncDisposable, IDisposable
{
    private readonly StackShard[] _shards;
    private readonly FlowSteering? _steering;
    private int _nextShard = -1;

    private NetworkStack(NetworkStackOptions options)
    {
        _shards = MakeShards(options, out _steering);
        Ended = _shards.Length == 1 ? Loop.Ended : EndTogetherAsync();
        Addresses = [.. options.Devices.SelectMany(device => device.Addresses).Select(prefix => prefix.Address.ToIPAddress())];
        DnsServers = [.. options.DnsServers];
    }

    /// <summary>The addresses of the stack.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; }

    /// <summary>The DNS servers it asks.</summary>
    public IReadOnlyList<IPAddress> DnsServers { get; }

    /// <summary>Completes when the stack has ended; fails where a defect ended it.</summary>
    public Task Ended { get; }

    /// <summary>The shards, one for each queue of the devices.</summary>
    internal IReadOnlyList<StackShard> Shards => _shards;

    /// <summary>The loop of the first shard, which is the only one unless the devices have several queues.</summary>
    internal StackLoop Loop => _shards[0].Loop;

    /// <summary>Makes a stack and starts its loop.</summary>
    /// <exception cref="NotSupportedException">Its devices cannot share a loop, or differ in the number of their queues.</exception>
    public static NetworkStack Start(NetworkStackOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        NetworkStack stack = new(options);
        foreach (StackShard shard in stack._shards)
        {
            shard.Loop.Start();
        }

        return stack;
    }

    /// <summary>Whether an address is one of the stack's, or the unspecified one.</summary>
    public bool Owns(IPAddress address) => Addresses.Contains(address);

    /// <summary>Listens for TCP connections.</summary>
    /// <param name="local">The address and port; the unspecified address means all, port 0 means any free one.</param>
    /// <param name="backlog">The connections that may wait to be accepted.</param>
    /// <param name="options">The settings of the accepted connections.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">The address is in use, or none of the stack's.</exception>
    public Task<NetworkListener> ListenAsync(
        IPEndPoint local, int backlog = 512, TcpConnectionOptions? options = null, CancellationToken cancellationToken = default)
    {
        IpEndPoint endPoint = IpEndPoint.From(local);
        cancellationToken.ThrowIfCancellationRequested();
        return NetworkListener.OpenAsync(_shards, Unmap(endPoint), backlog, options);
    }

    /// <summary>Opens a TCP connection.</summary>
    /// <param name="remote">Where to.</param>
    /// <param name="local">Where from; null, or port 0, leaves the choice to the stack.</param>
    /// <param name="options">The settings of the connection.</param>
    /// <param name="cancellationToken">Gives up; a handshake under way is reset.</param>
    /// <exception cref="SocketException">It was refused, timed out, or there is no way there.</exception>
    public Task<NetworkConnection> ConnectAsync(
        IPEndPoint remote, IPEndPoint? local = null, TcpConnectionOptions? options = null, CancellationToken cancellationToken = default) =>
        OpenAsync(remote, default, local, options, cancellationToken);

    /// <summary>Opens a TCP connection whose first data leaves with its SYN (Fast Open), once the peer has given a cookie.</summary>
    /// <remarks>
    /// RFC 7413. The first connection to a peer asks for its cookie, and its data follows the handshake; so does what the
    /// SYN has no room for, or the peer did not take. Only data that the peer may get twice should be sent so: the network
    /// may double a SYN (§2). A peer that listens with <see cref="NetworkListener"/> gives cookies where
    /// <see cref="TcpConnectionOptions.FastOpen"/> is set. All of the data is copied into the send buffer, whatever its size.
    /// </remarks>
    /// <param name="remote">Where to.</param>
    /// <param name="data">The first bytes of the stream. They must not change before the task completes.</param>
    /// <param name="local">Where from; null, or port 0, leaves the choice to the stack.</param>
    /// <param name="options">The settings of the connection; <see cref="TcpConnectionOptions.FastOpen"/> is taken as set.</param>
    /// <param name="cancellationToken">Gives up; a handshake under way is reset.</param>
    /// <returns>The connection, when the handshake is over; its output goes on behind the data.</returns>
    /// <exception cref="SocketException">It was refused, timed out, there is no way there, or no memory for the data.</exception>
    [OverloadResolutionPriority(-1)]
    public Task<NetworkConnection> ConnectAsync(
        IPEndPoint remote,
        ReadOnlyMemory<byte> data,
        IPEndPoint? local = null,
        TcpConnectionOptions? options = null,
        CancellationToken cancellationToken = default) =>
        OpenAsync(remote, data, local, (options ?? Loop.Tcp.Options.Connection) with { FastOpen = true }, cancellationToken);

    /// <summary>Opens a UDP socket.</summary>
    /// <param name="local">The address and port; the unspecified address means all, port 0 means a random free one (RFC 6056).</param>
    /// <param name="options">The settings of the socket.</param>
    /// <exception cref="SocketException">The address is in use, or none of the stack's.</exception>
    public Task<DatagramSocket> BindAsync(IPEndPoint local, UdpOptions? options = null)
    {
        IpEndPoint endPoint = Unmap(IpEndPoint.From(local));
        StackShard shard = endPoint.Port == 0 ? NextShard() : ShardOfUdp(endPoint.Port);
        return shard.Loop.CallAsync(_ => shard.Bind(endPoint, options));
    }

    /// <summary>Resets what is open, ends the loop and returns when it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        StopBeingDefault();
        StopLoops();
        await Ended.ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Resets what is open, ends the loop and returns when it has ended.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task<NetworkConnection> OpenAsync(
        IPEndPoint remote, ReadOnlyMemory<byte> data, IPEndPoint? local, TcpConnectionOptions? options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IpEndPoint to = IpEndPoint.From(remote);
        IpEndPoint? from = local is null ? null : IpEndPoint.From(local);
        StackShard shard = _shards.Length == 1 ? _shards[0] : await ChooseShardAsync(from, to, options).ConfigureAwait(false);
        ConnectAttempt attempt = await shard.Loop.CallAsync(now => shard.BeginConnect(from, to, data, options, now)).ConfigureAwait(false);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            (_, token) => _ = shard.Loop.TryCallAsync(now =>
            {
                attempt.Abandon(now, token);
                return true;
            }),
            null);
        try
        {
            return await attempt.Outcome.ConfigureAwait(false);
        }
        finally
        {
            _ = shard.Loop.TryCallAsync(_ => shard.Forget(attempt));
        }
    }

    /// <summary>Whether a peer has given a cookie, so that data may leave with the SYN of the next connection.</summary>
    /// <exception cref="ObjectDisposedException">The stack has ended.</exception>
    internal Task<bool> KnowsCookieAsync(IPEndPoint remote)
    {
        IpAddress peer = IpAddress.From(remote.Address);
        StackLoop loop = ShardOfPeer(peer).Loop;
        return loop.CallAsync(now => loop.Tcp.FastOpenBytes(peer, now) > 0);
    }

    /// <summary>The stack has no IPv6 yet: a server that asks for <c>[::]</c> means every address there is.</summary>
    private static IpEndPoint Unmap(IpEndPoint endPoint) =>
        endPoint.Address == IpAddress.AnyV6 ? endPoint with { Address = IpAddress.AnyV4 } : endPoint;
}
