namespace NetStack.Drivers.XenNetfront;

// The handshake. States change as Linux's netback changes them: by what the frontend's state is, by the shortest way.
public sealed partial class NetbackTwin
{
    private const string BackendToken = "backend";
    private const string FrontendToken = "frontend";

    private XenbusState _state = XenbusState.Unknown;
    private string? _frontend;
    private bool _isStoreChanged;
    private bool _isDead;
    private bool _awaitsClosing;

    private string BackendPath => $"backend/vif/{FrontendDomain}/{_index}";

    private bool TakeStoreEvents()
    {
        while (_store.TryTakeFired(out _, out _))
        {
            _isStoreChanged = true;
        }

        if (!_isStoreChanged)
        {
            return false;
        }

        _isStoreChanged = false;
        if (!_isDead)
        {
            Follow();
        }

        return true;
    }

    private void Follow()
    {
        string? written = _store.Read($"{BackendPath}/state");
        bool isFresh = written == "1" && _state != XenbusState.Initialising;
        if (written is null || isFresh)
        {
            // The toolstack took the nodes away, or made them anew behind our back.
            Disconnect();
            _state = XenbusState.Unknown;
        }

        if (isFresh)
        {
            Probe();
        }

        if (_state == XenbusState.Unknown)
        {
            return;
        }

        XenbusState frontend = (XenbusState)GuestFeatures.ReadNumber(_store, $"{_frontend}/state");
        _awaitsClosing &= frontend == XenbusState.Connected;
        switch (frontend)
        {
            case XenbusState.Initialising:
                SwitchTo(XenbusState.InitWait);
                break;
            case XenbusState.Connected when _awaitsClosing:
                return;
            case XenbusState.Connected:
                SwitchTo(XenbusState.Connected);
                break;
            case XenbusState.Closing:
                SwitchTo(XenbusState.Closing);
                break;
            case XenbusState.Closed:
                SwitchTo(XenbusState.Closed);
                break;
            case XenbusState.Unknown:
                SwitchTo(XenbusState.Closed);
                break;
            case XenbusState.Reconfiguring:
                Guest = GuestFeatures.Read(_store, _frontend!);
                _store.Write($"{BackendPath}/state", $"{(int)XenbusState.Reconfigured}");
                break;
        }

        if (_options.DynamicMulticastControl && IsConnected)
        {
            Guest = Guest with { MulticastControl = GuestFeatures.ReadNumber(_store, $"{_frontend}/request-multicast-control") != 0 };
        }
    }

    /// <summary>Writes what is offered.</summary>
    private void Probe()
    {
        string path = BackendPath;
        string? frontend = _store.Read($"{path}/frontend");
        if (frontend is null)
        {
            return;
        }

        if (_frontend is not null)
        {
            _store.Unwatch($"{_frontend}/state", FrontendToken);
            _store.Unwatch($"{_frontend}/request-multicast-control", FrontendToken);
        }

        _frontend = frontend;
        _store.Watch($"{frontend}/state", FrontendToken);
        _store.Watch($"{frontend}/request-multicast-control", FrontendToken);
        _state = XenbusState.Initialising;
        uint transaction;
        do
        {
            transaction = _store.Begin();
            WriteFeatures(path, transaction);
        }
        while (!_store.End(transaction, commits: true));
    }

    private void WriteFeatures(string path, uint transaction)
    {
        Offer("feature-sg", _options.ScatterGather);
        Offer("feature-gso-tcpv4", _options.SegmentationV4);
        Offer("feature-gso-tcpv6", _options.SegmentationV6);
        Offer("feature-ipv6-csum-offload", _options.ChecksumV6);
        Offer("feature-rx-copy", _options.ReceiveCopy);
        Offer("feature-rx-flip", false);
        Offer("feature-multicast-control", _options.MulticastControl);
        Offer("feature-dynamic-multicast-control", _options.DynamicMulticastControl);
        Offer("feature-split-event-channels", _options.SplitEventChannels);
        Offer("feature-xdp-headroom", _options.ReceiveHeadroom);
        Offer("feature-ctrl-ring", _options.ControlRing);
        if (!_options.ChecksumV4)
        {
            Offer("feature-no-csum-offload", true);
        }

        _store.Write($"{path}/multi-queue-max-queues", $"{_options.MaximumQueues}", transaction);
        _store.Write($"{path}/hotplug-status", "connected", transaction);

        void Offer(string name, bool isOffered) => _store.Write($"{path}/{name}", isOffered ? "1" : "0", transaction);
    }

    private void SwitchTo(XenbusState target)
    {
        while (_state != target && _state != XenbusState.Unknown)
        {
            XenbusState next = (_state, target) switch
            {
                (XenbusState.Initialising, XenbusState.Closed) => XenbusState.Closed,
                (XenbusState.Initialising, _) => XenbusState.InitWait,
                (XenbusState.Closed, XenbusState.Closing) => XenbusState.Closing,
                (XenbusState.Closed, _) => XenbusState.InitWait,
                (XenbusState.InitWait, XenbusState.Connected) => XenbusState.Connected,
                (XenbusState.InitWait or XenbusState.Connected, _) => XenbusState.Closing,
                _ => XenbusState.Closed,
            };
            if (_state == XenbusState.Connected)
            {
                Disconnect();
            }

            if (next == XenbusState.Connected && !TryConnect())
            {
                // Linux writes Closing after a fatal error, and waits for the frontend to close.
                Fault = NetbackFault.CannotConnect;
                next = XenbusState.Closing;
                target = XenbusState.Closing;
            }

            _state = next;
            _store.Write($"{BackendPath}/state", $"{(int)next}");
        }
    }

    private bool TryConnect()
    {
        string frontend = _frontend!;
        Guest = GuestFeatures.Read(_store, frontend);
        uint queues = GuestFeatures.ReadNumber(_store, $"{frontend}/multi-queue-num-queues", 1);
        bool takesCopies = GuestFeatures.ReadNumber(_store, $"{frontend}/request-rx-copy") != 0;
        if (!takesCopies || queues == 0 || queues > (uint)_options.MaximumQueues)
        {
            return false;
        }

        NetbackWiring wiring = new(_hypervisor.Grants, _events, Counters, _pool, FrontendDomain, _options.StagingGrants);
        NetbackQueue[] connected = new NetbackQueue[queues];
        for (int i = 0; i < connected.Length; i++)
        {
            if (TryConnectQueue(wiring, queues == 1 ? frontend : $"{frontend}/queue-{i}") is not { } queue)
            {
                DisposeAll(connected.AsSpan(0, i));
                return false;
            }

            connected[i] = queue;
        }

        if (TryReadNumber($"{frontend}/ctrl-ring-ref", out uint ring) && TryReadNumber($"{frontend}/event-channel-ctrl", out uint port))
        {
            _control = NetbackControl.TryConnect(this, wiring, ring, port);
            if (_control is null)
            {
                DisposeAll(connected);
                return false;
            }
        }

        _queues = connected;
        _isDisabled = false;
        Fault = NetbackFault.None;
        Counters.Connections++;
        return true;
    }

    private NetbackQueue? TryConnectQueue(NetbackWiring wiring, string path)
    {
        if (!TryReadNumber($"{path}/tx-ring-ref", out uint transmit) || !TryReadNumber($"{path}/rx-ring-ref", out uint receive))
        {
            return null;
        }

        bool isSplit = TryReadNumber($"{path}/event-channel-tx", out uint transmitPort) & TryReadNumber($"{path}/event-channel-rx", out uint receivePort);
        if (!isSplit)
        {
            if (!TryReadNumber($"{path}/event-channel", out transmitPort))
            {
                return null;
            }

            receivePort = transmitPort;
        }

        return NetbackQueue.TryConnect(this, wiring, transmit, receive, transmitPort, receivePort);
    }

    private bool TryReadNumber(string path, out uint number)
    {
        number = GuestFeatures.ReadNumber(_store, path, uint.MaxValue);
        return number != uint.MaxValue;
    }

    private void Disconnect()
    {
        DisposeAll(_queues);
        _queues = [];
        _control?.Dispose();
        _control = null;
        Groups.Clear();
        Steering.Clear();
    }

    private static void DisposeAll(ReadOnlySpan<NetbackQueue> queues)
    {
        foreach (NetbackQueue queue in queues)
        {
            queue.Dispose();
        }
    }
}
