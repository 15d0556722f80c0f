using System.Globalization;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

// What is read from xenstore and written there.
internal sealed partial class NetfrontLink
{
    private const int MostAttempts = 16;
    private const string On = "1";
    private const string Off = "0";

    // As other devices leave it: and the two bytes that align the IP header behind the 14 of Ethernet.
    private const int HeadroomBytes = PacketBuffer.DefaultHeadroomBytes + 2;

    // Below our directory, for us alone to read.
    private const string Mark = "frontend-life";

    private string? _watchedPath;
    private bool _isMarked;

    private XenbusState? ReadState(string path)
    {
        string? text = _store.Read(path);
        if (text is null)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number <= (int)XenbusState.Reconfigured)
        {
            return (XenbusState)number;
        }

        Volatile.Write(ref _fault, (int)NetfrontFault.StoreMalformed);
        return XenbusState.Unknown;
    }

    /// <summary>
    /// Whether the toolstack has made our directory anew: then the domain was suspended and is somewhere else now, or the
    /// interface was taken away and given again. A mark of ours is missing then, whatever the states are.
    /// </summary>
    private bool WasReset()
    {
        string mark = Text((uint)Life);
        if (_store.Read($"{_path}/{Mark}") == mark)
        {
            return false;
        }

        bool wasReset = _isMarked;
        _isMarked = true;
        _store.Write($"{_path}/{Mark}", wasReset ? Text((uint)Life + 1) : mark);
        return wasReset;
    }

    /// <summary>Watches the backend that the toolstack has given us.</summary>
    private void FollowBackend(string backendPath)
    {
        if (_backendPath is not null)
        {
            // The domain is on another machine, or its backend in another domain: what was granted is not granted there.
            Life++;
            _isMarked = false;
        }

        if (_watchedPath is not null)
        {
            _store.Unwatch(_watchedPath, "backend");
        }

        _backendPath = backendPath;
        _watchedPath = $"{backendPath}/state";
        _store.Watch(_watchedPath, "backend");
    }

    /// <summary>Reads what a backend that waits for us has.</summary>
    /// <returns>False where it is of no use.</returns>
    private bool TryReadBackend()
    {
        if (BackendFeatures.ReadNumber(_store, $"{_path}/backend-id") is not { } domain || domain > ushort.MaxValue)
        {
            Volatile.Write(ref _fault, (int)NetfrontFault.StoreMalformed);
            return false;
        }

        BackendDomain = (ushort)domain;
        _features = BackendFeatures.Read(_store, _backendPath!, Options);
        return true;
    }

    private void SwitchStateFrom(XenbusState? own, XenbusState state)
    {
        if (own != state)
        {
            SwitchState(state);
        }
    }

    /// <summary>Writes our state, unless the interface was taken away meanwhile.</summary>
    private void SwitchState(XenbusState state) => Commit(_ => { }, state);

    /// <summary>Tells the backend of the rings, and that we are ready.</summary>
    private void Announce() => Commit(WriteKeys, XenbusState.Connected);

    private void Commit(Action<uint> write, XenbusState state)
    {
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            uint transaction = _store.Begin();
            bool isThere = false;
            try
            {
                isThere = _store.Read($"{_path}/state", transaction) is not null;
                if (isThere)
                {
                    write(transaction);
                    _store.Write($"{_path}/state", Text((uint)state), transaction);
                }
            }
            catch
            {
                _store.End(transaction, commits: false);
                throw;
            }

            if (_store.End(transaction, isThere) || !isThere)
            {
                return;
            }
        }

        throw new XenException(XenError.CallFailed, $"{Name}: xenstore is too busy to take the state of the interface.");
    }

    private void WriteKeys(uint transaction)
    {
        void Write(string key, string value) => _store.Write($"{_path}/{key}", value, transaction);
        void WriteSwitch(string key, bool isOn) => Write(key, isOn ? On : Off);

        WriteSwitch("request-rx-copy", true);
        WriteSwitch("feature-rx-notify", true);
        WriteSwitch("feature-sg", Options.ScatterGather);
        WriteSwitch("feature-gso-tcpv4", Options.ScatterGather && Options.SegmentationV4 && Options.ChecksumV4);
        WriteSwitch("feature-gso-tcpv6", Options.ScatterGather && Options.SegmentationV6 && Options.ChecksumV6);
        WriteSwitch("feature-no-csum-offload", !Options.ChecksumV4);
        WriteSwitch("feature-ipv6-csum-offload", Options.ChecksumV6);
        _isFiltering = Groups.IsOn && _features.MulticastControl;
        WriteSwitch("request-multicast-control", _isFiltering);
        Write("xdp-headroom", Text(_features.Headroom ? (uint)HeadroomBytes : 0));
        if (_control is not null)
        {
            Write("ctrl-ring-ref", Text(_control.Reference));
            Write("event-channel-ctrl", Text(_control.Port));
        }
        else
        {
            _store.Remove($"{_path}/ctrl-ring-ref", transaction);
            _store.Remove($"{_path}/event-channel-ctrl", transaction);
        }

        if (_queues.Count == 1)
        {
            _store.Remove($"{_path}/multi-queue-num-queues", transaction);
            WriteQueue(_queues[0], "", transaction);
            return;
        }

        foreach (string key in (ReadOnlySpan<string>)["tx-ring-ref", "rx-ring-ref", "event-channel", "event-channel-tx", "event-channel-rx"])
        {
            _store.Remove($"{_path}/{key}", transaction);
        }

        Write("multi-queue-num-queues", Text((uint)_queues.Count));
        for (int i = 0; i < _queues.Count; i++)
        {
            WriteQueue(_queues[i], string.Create(CultureInfo.InvariantCulture, $"queue-{i}/"), transaction);
        }
    }

    private void WriteQueue(NetfrontDevice queue, string below, uint transaction)
    {
        string path = $"{_path}/{below}";
        QueueRings rings = queue.Rings ?? throw new XenException(XenError.Exhausted, $"{Name}: a queue has no rings.");
        _store.Write($"{path}tx-ring-ref", Text(rings.TransmitReference), transaction);
        _store.Write($"{path}rx-ring-ref", Text(rings.ReceiveReference), transaction);
        if (rings.TransmitPort == rings.ReceivePort)
        {
            _store.Remove($"{path}event-channel-tx", transaction);
            _store.Remove($"{path}event-channel-rx", transaction);
            _store.Write($"{path}event-channel", Text(rings.TransmitPort), transaction);
        }
        else
        {
            _store.Remove($"{path}event-channel", transaction);
            _store.Write($"{path}event-channel-tx", Text(rings.TransmitPort), transaction);
            _store.Write($"{path}event-channel-rx", Text(rings.ReceivePort), transaction);
        }
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
