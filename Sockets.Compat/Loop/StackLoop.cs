using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>
/// One shard: the machines, their pool and timer wheel, and the thread that drives them. Nothing here is touched by
/// another thread except through the mailbox.
/// </summary>
internal sealed class StackLoop
{
    private const int ReceiveBursts = 4;
    private const int TransmitPackets = 256;

    private static readonly Duration LongestSleep = Duration.FromSeconds(1);
    private static readonly Duration FullDeviceSleep = Duration.FromMilliseconds(1);
    private static readonly Duration ShutdownGrace = Duration.FromSeconds(2);

    private readonly LoopClock _clock = new();
    private readonly Thread _thread;
    private readonly IReadOnlyList<IEthernetDevice> _devices;
    private readonly bool _ownsDevices;
    private readonly IDeviceWaiter _waiter;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Counters _published = new();
    private volatile bool _isStopping;
    private volatile bool _hasEnded;

    public StackLoop(NetworkStackOptions options)
    {
        Counters = new Counters();
        Pool = new PacketPool(options.MaximumBlocks, Counters);
        Timers = new TimerWheel(Now);
        Entropy = options.Seed is { } seed ? new SeededEntropy(seed) : MakeEntropy();
        Host = new IpHost(Pool, Timers, Entropy, options.Ip);
        Tcp = new TcpDemultiplexer(Host, options.Tcp);
        Mailbox = new LoopMailbox(() => _waiter!.Wake());
        Exchange = new BlockExchange(Pool);
        _devices = [.. options.Devices.Select(device => device.Device)];
        _ownsDevices = options.OwnsDevices;
        _waiter = MakeWaiter(_devices);
        _thread = new Thread(Run) { IsBackground = true, Name = "NetStack loop" };
    }

    public Counters Counters { get; }

    public PacketPool Pool { get; }

    public TimerWheel Timers { get; }

    public SeededEntropy Entropy { get; }

    public IpHost Host { get; }

    public TcpDemultiplexer Tcp { get; }

    public LoopMailbox Mailbox { get; }

    public BlockExchange Exchange { get; }

    /// <summary>The clock of the loop. Any thread.</summary>
    public Instant Now => _clock.Now;

    /// <summary>Whether the caller runs on the loop: whoever waits there for the loop waits for ever.</summary>
    public bool IsCurrentThread => Thread.CurrentThread == _thread;

    /// <summary>Completes when the loop has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Called on the loop, once, as it ends: resets and closes what is open.</summary>
    public Action<Instant>? Ending { get; set; }

    public void Start() => _thread.Start();

    /// <summary>Any thread: asks the loop to end.</summary>
    public void Stop()
    {
        _isStopping = true;
        Mailbox.Wake();
    }

    /// <summary>Any thread: has the loop answer a question.</summary>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public Task<T> CallAsync<T>(Func<Instant, T> body)
    {
        LoopCall<T> call = new(body);
        if (!_hasEnded)
        {
            Mailbox.Post(call);
        }

        if (_hasEnded)
        {
            // Nobody may come to answer any more; where somebody just did, this changes nothing.
            call.Refuse(new ObjectDisposedException(nameof(NetworkStack)));
        }

        return call.Answer;
    }

    /// <summary>Any thread: a copy of the counters as of the loop's last turn.</summary>
    public Counters ReadCounters()
    {
        Counters copy = new();
        _published.CopyTo(copy);
        return copy;
    }

    private void Run()
    {
        try
        {
            while (!_isStopping)
            {
                Mailbox.BeginTurn();
                if (!Turn() && !_isStopping && Mailbox.TryBeginSleep())
                {
                    Sleep();
                }
            }

            ShutDown();
            _ended.TrySetResult();
        }
#pragma warning disable CA1031 // A defect of the stack ends the loop; whoever disposes the stack is told, the process is not torn down.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _hasEnded = true;
            _ended.TrySetException(exception);
        }
        finally
        {
            _waiter.Dispose();
        }
    }

    private bool Turn()
    {
        Instant now = _clock.Now;
        bool isBusy = Mailbox.Process(now);
        isBusy |= Host.Receive(now, ReceiveBursts) > 0;
        Host.TimersExpire(now);
        DrainActive(now);
        isBusy |= Host.Transmit(now, TransmitPackets);
        Exchange.Refill();
        Counters.CopyTo(_published);
        return isBusy;
    }

    private void DrainActive(Instant now)
    {
        while (Tcp.TryTakeActive(out TcpConnection? connection))
        {
            switch (connection.User)
            {
                case TcpDuplexPipe pipe:
                    pipe.ConnectionActive(now);
                    break;
                case ConnectAttempt attempt:
                    attempt.ConnectionActive(now);
                    break;
                default:
                    connection.TakeEvents();
                    break;
            }
        }

        while (Tcp.TryTakeActive(out TcpListenEndpoint? endpoint))
        {
            (endpoint.User as NetworkListener)?.EndpointActive();
        }

        while (Host.Udp.TryTakeActive(out UdpEndpoint? endpoint))
        {
            (endpoint.User as DatagramSocket)?.EndpointActive();
        }

        while (Host.Echo.TryTakeActive(out IcmpEchoEndpoint? endpoint))
        {
            (endpoint.User as EchoSocket)?.EndpointActive();
        }
    }

    private void Sleep()
    {
        Instant deadline = Host.NextDeadline;

        // A device that was full tells nobody when it has room again.
        Duration longest = Host.HasOutgoing ? FullDeviceSleep : LongestSleep;
        Duration sleep = Duration.Min(longest, Duration.Max(Duration.Zero, deadline - _clock.Now));
        _waiter.Wait(sleep);
    }

    private void ShutDown()
    {
        Instant now = _clock.Now;
        Mailbox.Process(now);
        Ending?.Invoke(now);
        Instant deadline = now + ShutdownGrace;
        do
        {
            // The resets go out; readers return what they hold; devices give frames back.
            now = _clock.Now;
            Mailbox.BeginTurn();
            Mailbox.Process(now);
            Host.Receive(now, ReceiveBursts);
            while (Host.Transmit(now, TransmitPackets) && now < deadline)
            {
                now = _clock.Now;
            }

            // Nothing waits for a neighbour that may have ended as well, not even the answer to what came in just now.
            Host.Close();
            Exchange.Drain();
            foreach (IEthernetDevice device in _devices)
            {
                device.ReleaseBuffers();
            }

            if (Pool.OutstandingBlocks == 0)
            {
                break;
            }

            if (Mailbox.TryBeginSleep())
            {
                _waiter.Wait(Duration.FromMilliseconds(1));
            }
        }
        while (_clock.Now < deadline);

        _hasEnded = true;

        // Whoever posts from here on sees the end; whatever was posted before is seen here. The barrier keeps it from being neither.
        Interlocked.MemoryBarrier();
        Mailbox.Process(now);
        Counters.CopyTo(_published);
        if (_ownsDevices)
        {
            foreach (IEthernetDevice device in _devices)
            {
                device.Dispose();
            }
        }
    }

    private static IDeviceWaiter MakeWaiter(IReadOnlyList<IEthernetDevice> devices)
    {
        IDeviceWaiter? waiter = null;
        foreach (IEthernetDevice device in devices)
        {
            waiter ??= Watched(device).CreateWaiter();
        }

        waiter ??= new SignalWaiter();
        foreach (IEthernetDevice device in devices)
        {
            if (!waiter.TryAdd(Watched(device)))
            {
                waiter.Dispose();
                throw new NotSupportedException($"The device {device.Name} cannot be served by the same loop as {devices[0].Name}: give it a stack of its own.");
            }
        }

        return waiter;
    }

    /// <summary>What wakes the loop is the device itself, not the tap that records its frames.</summary>
    private static IEthernetDevice Watched(IEthernetDevice device) => device is CaptureTap tap ? tap.Device : device;

    private static SeededEntropy MakeEntropy()
    {
        Span<byte> seed = stackalloc byte[32];
        System.Security.Cryptography.RandomNumberGenerator.Fill(seed);
        return new SeededEntropy(seed);
    }
}
