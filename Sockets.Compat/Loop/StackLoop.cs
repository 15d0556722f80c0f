using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>
/// The loop of one shard: the machines, their pool and timer wheel, and the thread that drives them. Nothing here is touched
/// by another thread except through the mailbox.
/// </summary>
internal sealed class StackLoop
{
    private const int ReceiveBursts = 4;
    private const int TransmitPackets = 256;

    private static readonly Duration LongestSleep = Duration.FromSeconds(1);
    private static readonly Duration FullDeviceSleep = Duration.FromMilliseconds(1);
    private static readonly Duration ShutdownGrace = Duration.FromSeconds(2);

    private readonly LoopClock _clock;
    private readonly Thread _thread;
    private readonly IReadOnlyList<IEthernetDevice> _devices;
    private readonly bool _ownsDevices;
    private readonly IDeviceWaiter _waiter;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopping;
    private volatile bool _hasEnded;

    /// <summary>Makes the loop of a stack, or of one of its shards.</summary>
    /// <param name="options">What the stack is made of.</param>
    /// <param name="clock">The clock of all its loops.</param>
    /// <param name="entropy">Where the loop's own ports, keys and identifiers come from.</param>
    /// <param name="shard">The place among several loops, or null where there is one.</param>
    public StackLoop(NetworkStackOptions options, LoopClock clock, SeededEntropy entropy, HostShard? shard)
    {
        _clock = clock;
        Counters = new Counters();
        Pool = new PacketPool(options.MaximumBlocks / (shard?.Group.Shards.Count ?? 1), Counters);
        Timers = new TimerWheel(Now);
        Entropy = entropy;
        Host = new IpHost(Pool, Timers, Entropy, options.Ip, shard) { Filter = options.Filter?.Copy() };
        Tcp = new TcpDemultiplexer(Host, options.Tcp);
        Mailbox = new LoopMailbox(() => _waiter!.Wake());
        Exchange = new BlockExchange(Pool);
        _devices = [.. options.Devices.Select(device => device.Queues[shard?.Index ?? 0])];
        _ownsDevices = options.OwnsDevices;
        _waiter = MakeWaiter(_devices);
        _thread = new Thread(Run) { IsBackground = true, Name = shard is null ? "NetStack loop" : $"NetStack loop {shard.Index}" };
    }

    /// <summary>The devices' queues that the loop serves, in the order of the stack's devices.</summary>
    public IReadOnlyList<IEthernetDevice> Devices => _devices;

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

    /// <summary>The time of the turn. Loop only.</summary>
    public Instant TurnTime { get; private set; }

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

    /// <summary>Any thread: has the loop do something, unless it has ended.</summary>
    public async Task TryCallAsync(Func<Instant, bool> body)
    {
        try
        {
            await CallAsync(body).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended, and with it what was to be done.
        }
    }

    /// <summary>Any thread: the counters and what is in use. After the loop has ended: as it ended.</summary>
    public async Task<NetworkStackStatistics> ReadStatisticsAsync()
    {
        try
        {
            return await CallAsync(_ => TakeStatistics()).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The thread that could change anything is gone.
            await Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return TakeStatistics();
        }
    }

    private NetworkStackStatistics TakeStatistics()
    {
        Counters copy = new();
        Counters.CopyTo(copy);
        return new NetworkStackStatistics(
            copy, Tcp.ConnectionCount, Tcp.TimeWaitCount, Pool.OutstandingBlocks, Pool.OutstandingSlices);
    }

    private void Run()
    {
        try
        {
            Exchange.EnterLoop();
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
            // Other shards hand over no more, and get back what was not taken.
            Host.Shard?.Dispose();
            _waiter.Dispose();
        }
    }

    private bool Turn()
    {
        Instant now = _clock.Now;
        TurnTime = now;
        Mailbox.Process(now);
        bool isBusy = Host.Receive(now, ReceiveBursts) >= EthernetPort.BurstFrames;
        Host.TimersExpire(now);
        DrainActive(now);

        // What applications that run on the loop have made of the news goes out in the same turn.
        Mailbox.Process(now);
        isBusy |= Host.Transmit(now, TransmitPackets);
        Exchange.Refill();
        return isBusy || Tcp.HasActive;
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
            (endpoint.User as ListenerShard)?.EndpointActive();
        }

        while (Host.Udp.TryTakeActive(out UdpEndpoint? endpoint))
        {
            (endpoint.User as DatagramSocket)?.EndpointActive(now);
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
            waiter ??= device.Source.CreateWaiter();
        }

        waiter ??= new SignalWaiter();
        foreach (IEthernetDevice device in devices)
        {
            if (!waiter.TryAdd(device.Source))
            {
                waiter.Dispose();
                throw new NotSupportedException($"The device {device.Name} cannot be served by the same loop as {devices[0].Name}: give it a stack of its own.");
            }
        }

        return waiter;
    }
}
