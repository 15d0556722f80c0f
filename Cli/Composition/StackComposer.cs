using System.Globalization;
using System.IO.Pipelines;
using NetStack.Cli.Output;
using NetStack.Drivers.Pcap;
using NetStack.Drivers.Tap;
using NetStack.Drivers.XenNetfront;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Sockets;
using NetStack.Tcp;

namespace NetStack.Cli.Composition;

/// <summary>Opens devices and makes the stack of them: the one place where settings become a running stack.</summary>
internal sealed class StackComposer
{
    private const string Application = "netstack";
    private const long NanosecondsPerTick = 100;
    private const int DefaultMtuBytes = 1500;

    /// <summary>The station a capture is played to, unless <c>--mac</c> names the one its frames are sent to.</summary>
    private static readonly MacAddress MadeUpAddress = new(0x02_00_5E_10_00_10);

    private readonly StackSettings _settings;
    private readonly Terminal _terminal;
    private readonly List<IEthernetDevice> _opened = [];
    private readonly List<TapDevice> _taps = [];
    private readonly List<NetfrontDevice> _netfronts = [];
    private readonly List<SimulatedPeer> _peers = [];
    private readonly bool _peerServesHttp;
    private readonly PipeScheduler _scheduler;
    private readonly Lock _captureTurn = new();
    private CaptureLog? _capture;
    private LinuxHypervisor? _hypervisor;

    private StackComposer(StackSettings settings, Terminal terminal, bool peerServesHttp, PipeScheduler scheduler)
    {
        _settings = settings;
        _terminal = terminal;
        _peerServesHttp = peerServesHttp;
        _scheduler = scheduler;
    }

    /// <summary>Opens the devices and starts the stack.</summary>
    /// <param name="settings">What it is made of.</param>
    /// <param name="terminal">Where warnings go.</param>
    /// <param name="peerServesHttp">Whether the peer of a simulated link serves HTTP, too: it takes a moment to start.</param>
    /// <param name="scheduler">Where the applications' continuations run; the thread pool unless given.</param>
    /// <exception cref="CommandFailure">A device cannot be opened, or two cannot be served together.</exception>
    public static async Task<RunningStack> OpenAsync(
        StackSettings settings, Terminal terminal, bool peerServesHttp = false, PipeScheduler? scheduler = null)
    {
        StackComposer composer = new(settings, terminal, peerServesHttp, scheduler ?? PipeScheduler.ThreadPool);
        try
        {
            return await composer.OpenAsync().ConfigureAwait(false);
        }
        catch
        {
            await composer.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<RunningStack> OpenAsync()
    {
        if (_settings.Seed is not null)
        {
            _terminal.Warn("--seed makes sequence numbers, ports and ids predictable: for tests only, never on a network with strangers.");
        }

        NetworkStackOptions options = new() { Seed = _settings.Seed, Scheduler = _scheduler };
        if (_settings.Congestion is { } congestion)
        {
            options.Tcp = new TcpOptions { Connection = new TcpConnectionOptions { CongestionController = congestion } };
        }

        foreach (IpAddress server in _settings.DnsServers)
        {
            options.DnsServers.Add(server.ToIPAddress());
        }

        for (int i = 0; i < _settings.Devices.Count; i++)
        {
            IReadOnlyList<IEthernetDevice> queues = await OpenAsync(_settings.Devices[i], i).ConfigureAwait(false);
            _opened.AddRange(queues);
            IEthernetDevice device = queues[0];
            _terminal.Detail($"{device.Name} has address {device.Address}, an MTU of {device.Capabilities.MtuBytes} bytes and {queues.Count} queue(s).");
            options.Devices.Add(Configure([.. queues.Select(Tapped)], i));
        }

        return new RunningStack(Start(options), options, _terminal)
        {
            Taps = _taps,
            Netfronts = _netfronts,
            Peers = _peers,
            Capture = _capture,
            Hypervisor = _hypervisor,
        };
    }

    private static NetworkStack Start(NetworkStackOptions options)
    {
        try
        {
            return NetworkStack.Start(options);
        }
        catch (NotSupportedException exception)
        {
            throw CommandFailure.Usage(exception.Message);
        }
    }

    private async Task<IReadOnlyList<IEthernetDevice>> OpenAsync(DeviceSpecification device, int index)
    {
        switch (device.Kind)
        {
            case DeviceKind.Tap:
                return OpenTaps(device.Name);
            case DeviceKind.Xen:
                return OpenNetfront(device);
            case DeviceKind.Capture:
                return [OpenCapture(device)];
            default:
                return [await OpenSimulatedAsync(index).ConfigureAwait(false)];
        }
    }

    private IReadOnlyList<TapDevice> OpenTaps(string name)
    {
        TapOptions options = new() { Address = _settings.Mac, MtuBytes = _settings.MtuBytes, Entropy = _settings.Seed, Offloads = _settings.Offloads };
        IReadOnlyList<TapDevice> queues = TapDevice.OpenQueues(name, _settings.Queues, options);
        _taps.AddRange(queues);
        if (queues[0].Hint is { } hint)
        {
            _terminal.Warn(hint);
        }

        return queues;
    }

    private IReadOnlyList<NetfrontDevice> OpenNetfront(DeviceSpecification device)
    {
        _hypervisor ??= LinuxHypervisor.Open();
        NetfrontOptions options = _settings.Xen.ToOptions(_settings.Queues, _settings.MtuBytes, _settings.Offloads);
        IReadOnlyList<NetfrontDevice> queues = NetfrontDevice.OpenQueues(
            _hypervisor, int.Parse(device.Name, CultureInfo.InvariantCulture), options);
        _netfronts.AddRange(queues);
        return queues.Count == _settings.Queues
            ? queues
            : throw CommandFailure.Usage(string.Create(
                CultureInfo.InvariantCulture,
                $"--queues {_settings.Queues}: the backend of {device} has {queues.Count} at most; write {queues.Count}, or load xen-netback there with max_queues={_settings.Queues}."));
    }

    private PcapDevice OpenCapture(DeviceSpecification device)
    {
        if (!File.Exists(device.Name))
        {
            throw CommandFailure.Missing($"--if {device}: there is no such file; give a pcap or pcapng file.");
        }

        try
        {
            PcapDeviceOptions options = new()
            {
                Address = _settings.Mac ?? MadeUpAddress,
                MtuBytes = _settings.MtuBytes ?? DefaultMtuBytes,
            };
            return new PcapDevice(device.ToString(), CaptureReader.Open(device.Name), options);
        }
        catch (Exception exception) when (exception is CaptureFormatException or NotSupportedException)
        {
            throw CommandFailure.Usage($"--if {device}: {exception.Message}");
        }
    }

    private async Task<IEthernetDevice> OpenSimulatedAsync(int index)
    {
        DevicePair cable = new(mtuBytes: _settings.MtuBytes ?? DefaultMtuBytes);
        SimulatedPeer peer = await SimulatedPeer.StartAsync(
            cable.Right,
            _settings.Addresses[index][0],
            _settings.IsGatewayBehind(index) ? _settings.Gateway : null,
            _settings.Seed is { } seed ? ~seed : null,
            _peerServesHttp).ConfigureAwait(false);
        _peers.Add(peer);
        _terminal.Detail($"the peer on the simulated link is {peer.Address}; it serves {peer.Services}.");
        return cable.Left;
    }

    private IEthernetDevice Tapped(IEthernetDevice device)
    {
        if (_settings.CaptureFile is not { } path)
        {
            return device;
        }

        _capture ??= new CaptureLog(CreateCaptureFile(path), Application, ReadEpochNanoseconds);
        CaptureTap tap = new(device, _capture);
        return _settings.Queues == 1 ? tap : new SharedCaptureTap(tap, _captureTurn);
    }

    private DeviceOptions Configure(IReadOnlyList<IEthernetDevice> queues, int index)
    {
        DeviceOptions options = new(queues);
        foreach (IpPrefix address in _settings.Addresses[index])
        {
            options.Addresses.Add(address);
        }

        if (_settings.IsGatewayBehind(index))
        {
            options.Gateway = _settings.Gateway;
        }

        return options;
    }

    private async Task CloseAsync()
    {
        foreach (IEthernetDevice device in _opened)
        {
            device.Dispose();
        }

        foreach (SimulatedPeer peer in _peers)
        {
            await peer.DisposeAsync().ConfigureAwait(false);
        }

        _capture?.Dispose();
        _hypervisor?.Dispose();
    }

    private static FileStream CreateCaptureFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            throw CommandFailure.Failed($"--pcap {path}: the file cannot be written ({exception.Message}); choose another.");
        }
        catch (UnauthorizedAccessException)
        {
            throw CommandFailure.Missing($"--pcap {path}: this user may not write the file; choose another.");
        }
    }

    private static long ReadEpochNanoseconds() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * NanosecondsPerTick;
}
