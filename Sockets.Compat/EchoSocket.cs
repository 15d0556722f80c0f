using System.Net;
using System.Threading.Channels;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Sockets;

/// <summary>
/// Sends ICMP echo requests, all under one identifier and with rising sequence numbers, and matches the replies. Any number
/// of requests may be under way.
/// </summary>
/// <remarks>RFC 792; RFC 1122 §3.2.2.6.</remarks>
public sealed class EchoSocket : IAsyncDisposable
{
    /// <summary>The most data an echo request carries over IPv4: 65,535 bytes less both headers.</summary>
    public const int MaximumPayloadBytes = 65_507;

    private const int KeptArrivals = 256;

    private readonly StackShard _shard;
    private readonly StackLoop _loop;
    private readonly IcmpEchoEndpoint _endpoint;
    private readonly Channel<EchoReply> _arrivals = Channel.CreateBounded<EchoReply>(
        new BoundedChannelOptions(KeptArrivals) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = true });

    // Loop only: the requests under way.
    private readonly Dictionary<ushort, Request> _requests = [];
    private ushort _lastSequence;

    internal EchoSocket(StackShard shard, IcmpEchoEndpoint endpoint)
    {
        _shard = shard;
        _loop = shard.Loop;
        _endpoint = endpoint;
        endpoint.User = this;
    }

    /// <summary>
    /// The replies and errors in the order of their arrival, for whoever has several requests under way and shows them as
    /// they come; without a reader only the last few are kept. Ends with the socket.
    /// </summary>
    public ChannelReader<EchoReply> Arrivals => _arrivals.Reader;

    /// <summary>Sends an echo request and waits for what comes of it.</summary>
    /// <param name="destination">Whom to ask.</param>
    /// <param name="payloadBytes">The data to be echoed, in bytes.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The reply, the error, or that there was none.</returns>
    /// <exception cref="ObjectDisposedException">The socket or the stack has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<EchoReply> PingAsync(
        IPAddress destination, int payloadBytes, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payloadBytes, MaximumPayloadBytes);
        IpAddress to = IpAddress.From(destination);
        byte[] payload = new byte[payloadBytes];
        FillPattern(payload);
        Request request = await _loop.CallAsync(now => Begin(to, payload, now)).ConfigureAwait(false);
        try
        {
            return await request.Outcome.Task.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new EchoReply(EchoStatus.TimedOut, request.Sequence);
        }
        finally
        {
            _ = _loop.TryCallAsync(_ => Forget(request));
        }
    }

    /// <summary>Gives the identifier back. Requests under way fail.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loop.TryCallAsync(_ =>
        {
            Close();
            return true;
        }).ConfigureAwait(false);
    }

    /// <summary>Loop: replies or errors have come.</summary>
    internal void EndpointActive()
    {
        while (_endpoint.TryReceive(out IcmpEchoEvent received))
        {
            if (_requests.TryGetValue(received.Sequence, out Request? request) && IsAnswer(request, received))
            {
                EchoReply reply = ToReply(request, received);
                if (!request.Outcome.Task.IsCompleted)
                {
                    // First, so that it is there for whoever waits for the outcome.
                    _arrivals.Writer.TryWrite(reply);
                    request.Outcome.TrySetResult(reply);
                }
            }

            if (received.Payload is { } packet)
            {
                _loop.Pool.Return(packet);
            }
        }
    }

    /// <summary>Loop: closes the endpoint.</summary>
    internal void Close()
    {
        _endpoint.Close();
        _shard.Forget(this);
        _arrivals.Writer.TryComplete();
        foreach (Request request in _requests.Values)
        {
            request.Outcome.TrySetException(new ObjectDisposedException(nameof(EchoSocket)));
        }

        _requests.Clear();
    }

    private Request Begin(IpAddress to, byte[] payload, Instant now)
    {
        ObjectDisposedException.ThrowIf(_endpoint.IsClosed, this);
        Request request = new(++_lastSequence, to, payload.Length, _loop.Now);
        if (_loop.Host.FindPath(to) is not { } path)
        {
            request.Outcome.SetResult(new EchoReply(EchoStatus.NoRoute, request.Sequence));
            return request;
        }

        // A number that comes round again while its request still waits takes its place.
        _requests[request.Sequence] = request;
        TransmitStatus status = _endpoint.Send(path, request.Sequence, payload, new IpSendOptions(AllowFragmentation: true), now);
        if (status is not (TransmitStatus.Sent or TransmitStatus.WaitsForNeighbor))
        {
            request.Outcome.SetResult(new EchoReply(EchoStatus.NotSent, request.Sequence));
        }

        return request;
    }

    private bool Forget(Request request) =>
        _requests.TryGetValue(request.Sequence, out Request? current) && current == request && _requests.Remove(request.Sequence);

    /// <summary>Whether what came is about this very request; a request to a group is answered by many, of whom the first counts.</summary>
    private static bool IsAnswer(Request request, in IcmpEchoEvent received) => received.Error is null
        ? received.Source == request.Destination || request.Destination.IsMulticast || request.Destination.IsLimitedBroadcast
        : received.Destination == request.Destination;

    private static EchoReply ToReply(Request request, in IcmpEchoEvent received)
    {
        IPAddress source = received.Source.ToIPAddress();
        if (received.Payload is not { } packet)
        {
            return new EchoReply(EchoStatus.Refused, request.Sequence, source, Error: received.Error);
        }

        return new EchoReply(
            EchoStatus.Replied,
            request.Sequence,
            source,
            packet.TotalLength,
            received.HopLimit,
            (received.ReceivedAt - request.SentAt).ToTimeSpan(),
            IsIntact(packet, request.PayloadBytes));
    }

    private static bool IsIntact(PacketBuffer packet, int sentBytes)
    {
        int index = 0;
        for (PacketBuffer? block = packet; block is not null; block = block.Next)
        {
            foreach (byte value in block.Span)
            {
                if (value != (byte)index++)
                {
                    return false;
                }
            }
        }

        return index == sentBytes;
    }

    private static void FillPattern(Span<byte> payload)
    {
        for (int i = 0; i < payload.Length; i++)
        {
            payload[i] = (byte)i;
        }
    }

    private sealed class Request(ushort sequence, IpAddress destination, int payloadBytes, Instant sentAt)
    {
        public ushort Sequence => sequence;

        public IpAddress Destination => destination;

        public int PayloadBytes => payloadBytes;

        public Instant SentAt => sentAt;

        public TaskCompletionSource<EchoReply> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
