using System.Buffers;
using System.Globalization;
using System.Text;
using NetStack.Core;

namespace NetStack.Testing;

/// <summary>
/// A network of hosts and links in virtual time. No thread runs and no clock is read: one seed and one list of events
/// give one list of frames, to the bit.
/// </summary>
/// <example>
/// <code>
/// Simulation simulation = new(seed: 7);
/// SimulatedLink link = simulation.AddLink(new LinkConditions { Latency = Duration.FromMilliseconds(10), Loss = 0.05 });
/// SimulatedHost client = simulation.AddHost("client");
/// SimulatedHost server = simulation.AddHost("server");
/// client.Attach(link.Left, new IpPrefix(IpAddress.Parse("10.0.0.1"), 24));
/// server.Attach(link.Right, new IpPrefix(IpAddress.Parse("10.0.0.2"), 24));
/// </code>
/// </example>
public sealed class Simulation
{
    /// <summary>Turns of one host at one instant that stand for a loop that never sleeps.</summary>
    internal const int MaximumTurnsPerInstant = 1_000_000;

    private readonly EventQueue _events = new();
    private readonly Stack<SimulatedFrame> _freeFrames = new();
    private readonly List<SimulatedHost> _hosts = [];
    private readonly List<SimulatedLink> _links = [];

    /// <summary>Makes an empty network.</summary>
    /// <param name="seed">Determines every random choice of links, hosts and applications.</param>
    /// <param name="recording">Takes every frame as pcapng; null records nothing.</param>
    public Simulation(ulong seed, IBufferWriter<byte>? recording = null)
    {
        Seed = seed;
        Entropy = new SeededEntropy(seed);
        Recorder = recording is null ? null : new FrameRecorder(recording);
    }

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>The virtual time.</summary>
    public Instant Now { get; private set; }

    /// <summary>The root of all random choices. Fork it; do not draw from it.</summary>
    public SeededEntropy Entropy { get; }

    /// <summary>The hosts, in the order in which they were added.</summary>
    public IReadOnlyList<SimulatedHost> Hosts => _hosts;

    /// <summary>The links, in the order in which they were added.</summary>
    public IReadOnlyList<SimulatedLink> Links => _links;

    /// <summary>When something happens next; <see cref="Instant.Never"/> where nothing is planned. Who lets a real clock drive the links sleeps until then.</summary>
    public Instant NextEvent => _events.Next;

    /// <summary>The events that have happened.</summary>
    public long EventCount { get; private set; }

    internal FrameRecorder? Recorder { get; }

    /// <summary>Adds a host without interfaces.</summary>
    /// <param name="name">Names it in messages; unique, as its randomness depends on it.</param>
    /// <param name="options">Its limits; the defaults where null.</param>
    public SimulatedHost AddHost(string name, SimulatedHostOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_hosts.Exists(other => other.Name == name))
        {
            throw new ArgumentException($"There is a host '{name}' already.", nameof(name));
        }

        SimulatedHost host = new(this, name, options ?? new SimulatedHostOptions());
        _hosts.Add(host);
        return host;
    }

    /// <summary>Adds a link.</summary>
    /// <param name="leftToRight">What happens to the frames that the left end sends.</param>
    /// <param name="rightToLeft">What happens to the frames that the right end sends; the same where null.</param>
    /// <param name="ends">What the devices at its ends are like; plain Ethernet where null.</param>
    public SimulatedLink AddLink(
        LinkConditions leftToRight, LinkConditions? rightToLeft = null, LinkEndOptions? ends = null)
    {
        ArgumentNullException.ThrowIfNull(leftToRight);
        SimulatedLink link = new(this, _links.Count, leftToRight, rightToLeft ?? leftToRight, ends ?? new LinkEndOptions());
        _links.Add(link);
        return link;
    }

    /// <summary>Adds a learning switch.</summary>
    /// <param name="name">Names it in messages.</param>
    public SimulatedSwitch AddSwitch(string name) => new(this, name);

    /// <summary>Plans an event. Every host takes a turn after it.</summary>
    /// <param name="at">When; at once where that has passed.</param>
    /// <param name="action">What happens. It may use hosts, connections and links.</param>
    public void At(Instant at, Action<Instant> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        Add(new ScriptedEvent(Happen), Instant.Max(at, Now));

        // The action may have touched any host.
        void Happen(Instant now)
        {
            action(now);
            WakeHosts();
        }
    }

    /// <summary>Plans an event for a time from now.</summary>
    public void After(Duration delay, Action<Instant> action) => At(Now + delay, action);

    /// <summary>Lets time pass.</summary>
    /// <param name="span">How much.</param>
    public void Run(Duration span) => RunUntil(static () => false, span);

    /// <summary>Lets time pass until a condition holds after some event.</summary>
    /// <param name="condition">Looked at before the first and after every event.</param>
    /// <param name="limit">How long at most.</param>
    /// <returns>Whether the condition holds. Otherwise the limit has passed, whether anything happened or not.</returns>
    public bool RunUntil(Func<bool> condition, Duration limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        Instant end = Now + limit;
        WakeHosts();
        while (!condition())
        {
            SimulatedEvent? happening = _events.TryTake(end, out Instant at);
            Now = at;
            if (happening is null)
            {
                return condition();
            }

            EventCount++;
            happening.Occur(at);
        }

        return true;
    }

    /// <summary>Lets time pass until nothing is left to happen: no frame in flight and no timer on any host.</summary>
    /// <param name="limit">How long at most.</param>
    /// <returns>Whether silence came.</returns>
    public bool RunToSilence(Duration limit)
    {
        Instant end = Now + limit;
        WakeHosts();
        while (_events.Count > 0)
        {
            SimulatedEvent? happening = _events.TryTake(end, out Instant at);
            Now = at;
            if (happening is null)
            {
                return false;
            }

            EventCount++;
            happening.Occur(at);
        }

        return true;
    }

    /// <summary>
    /// Lets time pass until every connection is forgotten, TIME-WAIT included, and then until nothing is left to happen.
    /// </summary>
    /// <exception cref="OracleException">That takes longer than a day of virtual time.</exception>
    public void RunToRest()
    {
        Duration limit = Duration.FromSeconds(24 * 3600);
        if (!RunUntil(HasNoConnections, limit))
        {
            throw new OracleException("connections are left that do not end: "
                + string.Join(", ", _hosts.Select(host => $"{host} has {host.Tcp.ConnectionCount}, {host.Tcp.TimeWaitCount} in TIME-WAIT")));
        }

        if (!RunToSilence(limit))
        {
            throw new OracleException("the hosts do not come to rest");
        }
    }

    /// <summary>The seed, the time and the conditions of every link: what it takes to run it again.</summary>
    public string Describe()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"seed {Seed}, {EventCount} events, at {Now}");
        foreach (SimulatedLink link in _links)
        {
            text.Append(CultureInfo.InvariantCulture, $"; {link.LeftToRight.Describe()}; {link.RightToLeft.Describe()}");
        }

        return text.ToString();
    }

    internal void Add(SimulatedEvent happening, Instant at) => _events.Add(happening, at);

    internal void WakeHosts()
    {
        foreach (SimulatedHost host in _hosts)
        {
            host.Wake();
        }
    }

    internal SimulatedFrame LeaseFrame() => _freeFrames.TryPop(out SimulatedFrame? frame) ? frame : new SimulatedFrame();

    internal void Return(SimulatedFrame frame) => _freeFrames.Push(frame);

    private bool HasNoConnections() => _hosts.TrueForAll(host => host.Tcp.ConnectionCount == 0 && host.Tcp.TimeWaitCount == 0);
}
