using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.PacketScripts;

/// <summary>
/// One stack under a script: its clock, its wire, its descriptors. Calls may come from several threads; one lock holds
/// them apart, and whoever is inside drives the stack.
/// </summary>
internal sealed partial class ScriptedHost
{
    private const int PoolBlocks = 16_384;
    private const int ReceiveBursts = 64;
    private const int TransmitPackets = 1024;

    private readonly object _gate = new();
    private readonly Dictionary<int, Descriptor> _descriptors = [];
    private readonly HashSet<int> _pipes = [];
    private readonly PacketWire _wire;

    public ScriptedHost(StackFlags flags)
    {
        Flags = flags;
        Clock = new ScriptClock(flags.UsesRealClock);
        _wire = new PacketWire(flags.MtuBytes);
        _driver = Environment.CurrentManagedThreadId;
        Pool = new PacketPool(PoolBlocks);
        Ip = new IpHost(Pool, new TimerWheel(Clock.Now), new SeededEntropy(flags.Seed));
        IpInterface wire = Ip.Attach(_wire, static () => { });
        wire.Add(new IpPrefix(flags.Local, flags.PrefixLength));
        Ip.Routes.Add(new Route(new IpPrefix(flags.Local.IsIPv4 ? IpAddress.AnyV4 : IpAddress.AnyV6, 0), null, wire));
        Tcp = new TcpDemultiplexer(Ip, ConnectionDefaults.Stack(flags));
        Turn();
    }

    public StackFlags Flags { get; }

    public ScriptClock Clock { get; }

    public PacketPool Pool { get; }

    public IpHost Ip { get; }

    public TcpDemultiplexer Tcp { get; }

    public Instant Now => Clock.Now;

    /// <summary>The sockets that are open.</summary>
    public IEnumerable<SocketDescriptor> Sockets => _descriptors.Values.OfType<SocketDescriptor>();

    /// <summary>A packet arrives; its consequences are drawn before the call returns.</summary>
    public long Send(ReadOnlySpan<byte> packet)
    {
        lock (_gate)
        {
            _activity++;
            CatchUp();
            _wire.Arrive(packet);
            Turn();
            return 0;
        }
    }

    /// <summary>Ends everything: what is still open is closed, and nobody waits any more.</summary>
    public void Free()
    {
        lock (_gate)
        {
            foreach (Descriptor descriptor in _descriptors.Values)
            {
                descriptor.Close();
            }

            _descriptors.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    public Descriptor? Find(int number)
    {
        lock (_gate)
        {
            return _descriptors.GetValueOrDefault(number);
        }
    }

    /// <summary>Whether a descriptor is an end of a pipe, which is the host's.</summary>
    public bool IsPipe(int number) => _pipes.Contains(number);

    /// <summary>Gives a new descriptor its number: that of a real one.</summary>
    public int Add(Func<int, Descriptor> make)
    {
        int number = HostCalls.Open();
        if (number < 0)
        {
            return number;
        }

        // Whoever closed it behind our back was done with it.
        if (_descriptors.Remove(number, out Descriptor? stale))
        {
            stale.Close();
        }

        _pipes.Remove(number);
        _descriptors.Add(number, make(number));
        return number;
    }

    public unsafe long MakePipe(int* numbers)
    {
        lock (_gate)
        {
            long result = HostCalls.MakePipe(numbers);
            if (result == 0)
            {
                _pipes.Add(numbers[0]);
                _pipes.Add(numbers[1]);
            }

            return result;
        }
    }

    /// <summary>close(2): the connection behind a socket goes on by itself. With SO_LINGER the call waits for it.</summary>
    public long Close(int number)
    {
        Descriptor? descriptor;
        lock (_gate)
        {
            if (_pipes.Remove(number))
            {
                return HostCalls.CloseNumber(number);
            }

            if (!_descriptors.Remove(number, out descriptor))
            {
                return -LinuxError.BadDescriptor;
            }
        }

        StreamSocket? lingering = descriptor is StreamSocket { Lingers: true } socket ? socket : null;
        long result = HostCalls.CloseNumber(number);
        Call(() =>
        {
            descriptor.Close();
            return 0;
        });
        if (lingering is not null)
        {
            Instant deadline = Now + Duration.FromSeconds(lingering.Choices.LingerSeconds ?? 0);
            Call(true, 0, deadline, () => lingering.IsFlushed ? 0 : BlockedCall.Waits);
        }

        return result;
    }

    /// <summary>poll(2).</summary>
    public unsafe long Poll(PollDescriptor* descriptors, int count)
    {
        int ready = 0;
        for (int i = 0; i < count; i++)
        {
            ref PollDescriptor entry = ref descriptors[i];
            entry.Returned = 0;
            if (entry.Number < 0)
            {
                continue;
            }

            if (Find(entry.Number) is { } descriptor)
            {
                uint wanted = (ushort)entry.Events | LinuxPoll.Error | LinuxPoll.HangUp;
                entry.Returned = (short)(descriptor.Readiness & wanted);
            }
            else if (IsPipe(entry.Number))
            {
                HostCalls.PollOne(ref entry);
            }
            else
            {
                entry.Returned = (short)LinuxPoll.Invalid;
            }

            ready += entry.Returned != 0 ? 1 : 0;
        }

        return ready == 0 ? BlockedCall.Waits : ready;
    }

    /// <summary>One turn, or as many as it takes until nothing more happens at this instant. By whoever holds the lock.</summary>
    public void Turn()
    {
        Instant now = Now;
        bool isBusy = true;
        while (isBusy)
        {
            Ip.Receive(now, ReceiveBursts);
            Ip.TimersExpire(now);
            DrainActive(now);
            foreach (Descriptor descriptor in _descriptors.Values)
            {
                (descriptor as StreamSocket)?.SpaceMayHaveOpened();
            }

            isBusy = TryBlockedCalls(now);
            isBusy |= Ip.Transmit(now, TransmitPackets);
        }

        _nextDeadline = Ip.NextDeadline;
        foreach (BlockedCall call in _blocked)
        {
            _nextDeadline = Instant.Min(_nextDeadline, call.Deadline);
        }
    }

    private void DrainActive(Instant now)
    {
        while (Tcp.TryTakeActive(out TcpConnection? connection))
        {
            TcpEvents events = connection.TakeEvents();
            (connection.User as StreamSocket)?.ConnectionActive(events, now);
        }

        while (Tcp.TryTakeActive(out TcpListenEndpoint? endpoint))
        {
            (endpoint.User as StreamSocket)?.EndpointActive();
        }

        while (Ip.Udp.TryTakeActive(out UdpEndpoint? endpoint))
        {
            (endpoint.User as DatagramSocket)?.EndpointActive(endpoint.TakeEvents());
        }

        while (Ip.Echo.TryTakeActive(out _))
        {
            // Nobody sends echo requests here.
        }
    }
}
