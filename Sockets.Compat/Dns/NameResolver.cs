using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NetStack.Core;
using NetStack.Dns;
using NetStack.IP;

namespace NetStack.Sockets;

/// <summary>
/// Drives the resolver machine: gives every try a UDP socket of its own, on a fresh random port (RFC 5452 §9.2), and
/// tells the machine what comes in and when time is up. The machine belongs to whoever holds the lock.
/// </summary>
internal sealed class NameResolver : IDisposable
{
    /// <summary>The longest answer: EDNS asks for far less, but a server may ignore that.</summary>
    private const int MaximumAnswerBytes = 4096;

    private readonly NetworkStack _stack;
    private readonly StubResolver _machine;
    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private readonly byte[] _query = new byte[StubResolver.MaxQueryBytes];
    private readonly Dictionary<DnsLookupHandle, TaskCompletionSource<DnsResult>> _lookups = [];
    private readonly Dictionary<DnsTryToken, CancellationTokenSource> _tries = [];

    public NameResolver(NetworkStack stack)
    {
        _stack = stack;
        StubResolverOptions options = new()
        {
            Servers = [.. stack.DnsServers.Select(server => new IpEndPoint(IpAddress.From(server), StubResolver.DefaultPort))],
        };
        _machine = new StubResolver(options, stack.Loop.Entropy.Fork("dns"));
        _timer = new Timer(static state => ((NameResolver)state!).TimerExpired(), this, Timeout.Infinite, Timeout.Infinite);
        _ = stack.Ended.ContinueWith(_ => Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    public async Task<DnsResult> ResolveAsync(string name, DnsRecordType type, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource<DnsResult> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        DnsLookupHandle handle;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stack.Ended.IsCompleted, _stack);
            Instant now = _stack.Loop.Now;
            if (!_machine.TryBegin(name, type, now, out handle))
            {
                throw new InvalidOperationException("Too many names are being looked up; wait for some to be found.");
            }

            _lookups.Add(handle, outcome);
            PullOutputs(now);
        }

        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            (_, token) => Abandon(handle, token), null);
        return await outcome.Task.ConfigureAwait(false);
    }

    /// <summary>The stack has ended: nobody will answer any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _timer.Dispose();
            foreach (TaskCompletionSource<DnsResult> outcome in _lookups.Values)
            {
                outcome.TrySetException(new ObjectDisposedException(nameof(NetworkStack)));
            }

            _lookups.Clear();
        }
    }

    private void Abandon(DnsLookupHandle handle, CancellationToken token)
    {
        lock (_lock)
        {
            if (_lookups.Remove(handle, out TaskCompletionSource<DnsResult>? outcome))
            {
                outcome.TrySetCanceled(token);
                _machine.Abort(handle);
                PullOutputs(_stack.Loop.Now);
            }
        }
    }

    private void TimerExpired()
    {
        lock (_lock)
        {
            Instant now = _stack.Loop.Now;
            _machine.TimerExpired(now);
            PullOutputs(now);
        }
    }

    /// <summary>Carries out what the machine wants done. Called with the lock held, after every event.</summary>
    private void PullOutputs(Instant now)
    {
        while (_machine.TryTransmit(now, _query, out DnsQuery query))
        {
            CancellationTokenSource end = new();
            _tries.Add(query.Token, end);
            _ = TryAsync(query, _query.AsSpan(0, query.LengthBytes).ToArray(), end.Token);
        }

        while (_machine.TryTakeEndedTry(out DnsTryToken token))
        {
            if (_tries.Remove(token, out CancellationTokenSource? end))
            {
                // Not under the lock: what waits for it may want the lock, too.
                _ = end.CancelAsync();
            }
        }

        while (_machine.TryTakeResult(out DnsResult? result))
        {
            if (_lookups.Remove(result.Handle, out TaskCompletionSource<DnsResult>? outcome))
            {
                outcome.TrySetResult(result);
            }
        }

        Instant deadline = _machine.NextDeadline;
        if (deadline != Instant.Never && !_stack.Ended.IsCompleted)
        {
            long milliseconds = Math.Max(0, (deadline - now).Nanoseconds + 999_999) / 1_000_000;
            _timer.Change(milliseconds, Timeout.Infinite);
        }
    }

    /// <summary>One query on the wire: from the opening of its port to the end of its time.</summary>
    private async Task TryAsync(DnsQuery query, byte[] message, CancellationToken ended)
    {
        try
        {
            IPEndPoint server = query.Server.ToIPEndPoint();
            IPAddress any = server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
            DatagramSocket socket = await _stack.BindAsync(new IPEndPoint(any, 0)).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable open = socket.ConfigureAwait(false);
            await socket.ConnectAsync(server).ConfigureAwait(false);
            await socket.SendAsync(message, server, ended).ConfigureAwait(false);
            byte[] answer = new byte[MaximumAnswerBytes];
            while (true)
            {
                ReceivedDatagram received = await socket.ReceiveAsync(answer, ended).ConfigureAwait(false);
                Take(query.Token, received, answer);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The try is over, or the stack is.
        }
        catch (SocketException)
        {
            Fail(query.Token);
        }
    }

    private void Take(DnsTryToken token, in ReceivedDatagram received, byte[] answer)
    {
        lock (_lock)
        {
            Instant now = _stack.Loop.Now;
            _machine.Receive(token, IpEndPoint.From(received.Source), answer.AsSpan(0, received.Bytes), now);
            PullOutputs(now);
        }
    }

    private void Fail(DnsTryToken token)
    {
        lock (_lock)
        {
            Instant now = _stack.Loop.Now;
            _machine.TransmitFailed(token, now);
            PullOutputs(now);
        }
    }
}
