using System.IO.Pipelines;
using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The thread of a vchan: carries bytes between the rings and two pipes, and sleeps while there are none.</summary>
internal sealed partial class VchanPump : IDisposable
{
    // So that neither direction, nor a peer that never stops, keeps the thread from the rest of its turn.
    private const int BytesATurn = 1 << 20;

    private readonly IHypervisor _hypervisor;
    private readonly ushort _domain;
    private readonly bool _isServer;
    private readonly VchanOptions _options;
    private readonly VchanBell _bell = new();
    private readonly IEventChannels _events;
    private readonly IXenStore _store;
    private readonly VchanRendezvous _rendezvous;
    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly Action _ring;
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private VchanPage? _page;
    private uint _port;
    private uint _reference;
    private bool _hasCome;
    private bool _isPeerGone;
    private volatile bool _isClosing;
    private long _lingerEnd = long.MaxValue;

    /// <summary>Opens what the channel needs; a server publishes it.</summary>
    /// <exception cref="XenException">Something is missing or refused.</exception>
    public VchanPump(IHypervisor hypervisor, ushort domain, string path, bool isServer, VchanOptions options)
    {
        _hypervisor = hypervisor;
        _domain = domain;
        _isServer = isServer;
        _options = options;
        Name = $"vchan {path} with domain {domain}";
        _ring = _bell.Ring;

        // The continuations on our side only ring; the application's run elsewhere.
        _input = new Pipe(new PipeOptions(
            pauseWriterThreshold: options.PauseReceivingBytes, resumeWriterThreshold: options.PauseReceivingBytes / 2,
            writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
        _output = new Pipe(new PipeOptions(
            pauseWriterThreshold: options.PauseWriterBytes, resumeWriterThreshold: options.PauseWriterBytes / 2,
            readerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));

        _store = hypervisor.OpenStore(_ring);
        try
        {
            _events = hypervisor.OpenEventChannels(_ring);
            _rendezvous = new VchanRendezvous(_store, isServer ? path : VchanRendezvous.Resolve(path, domain), Name);
            if (isServer)
            {
                Serve();
            }

            _rendezvous.Watch();
            _bell.Watch(_events.Handle, _store.Handle);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name { get; }

    public PipeReader Input => _input.Reader;

    public PipeWriter Output => _output.Writer;

    public Task Connected => _connected.Task;

    public Task Ended => _ended.Task;

    public void Start() => new Thread(Run) { IsBackground = true, Name = Name }.Start();

    /// <summary>Leaves when what was flushed is in the ring. From any thread.</summary>
    public void Close()
    {
        _output.Writer.Complete();
        _input.Reader.Complete();
        _isClosing = true;
        _bell.Ring();
    }

    /// <summary>Leaves, and takes back what was shared.</summary>
    public void Dispose()
    {
        if (_page is { } page)
        {
            page.Leave();
            _events.Notify(_port);
        }

        try
        {
            if (_isServer && _reference != 0)
            {
                _rendezvous.Withdraw();
            }
        }
        catch (XenException)
        {
            // xenstore is gone, or the path with the domain that was saved.
        }

        if (_events is { } events)
        {
            if (_port != 0)
            {
                events.Close(_port);
            }

            events.Dispose();
        }

        _page?.Dispose();
        _store.Dispose();
        _bell.Dispose();
    }

    private void Run()
    {
        XenException? failure = null;
        try
        {
            while (_page is null && !_isClosing)
            {
                _rendezvous.TakeEvents();
                if (!TryConnect())
                {
                    _bell.Wait(Duration.Infinite);
                }
            }

            while (_page is { } page && Turn(page))
            {
                // Each turn sleeps at its end where there is nothing to carry.
            }
        }
        catch (XenException fault)
        {
            failure = fault;
        }

        End(failure);
    }

    /// <summary>Looks at the peer and carries what there is.</summary>
    /// <returns>False where the channel has come to its end.</returns>
    private bool Turn(VchanPage page)
    {
        // A port that fired is masked until then, so that a storm of events is one look a turn.
        if (_events.TryTakeFired(out uint fired))
        {
            _events.Unmask(fired);
        }

        if (_rendezvous.TakeEvents())
        {
            LookAtStore();
        }

        LookAtPeer(page);
        _isInputUnwanted |= _isClosing;
        bool hasReceived = Receive(page);
        bool hasSent = Transmit(page);
        if (IsAtEnd())
        {
            return false;
        }

        if (!hasReceived && !hasSent)
        {
            _bell.Wait(UntilLingerEnd());
        }

        return true;
    }

    private void LookAtPeer(VchanPage page)
    {
        byte live = page.PeerLive;
        switch (live)
        {
            case VchanLayout.IsConnected when !_hasCome:
                _hasCome = true;
                _connected.TrySetResult();
                break;
            case VchanLayout.HasLeft:
                _isPeerGone = true;
                break;
            case > VchanLayout.HasNotConnected:
                throw VchanFailure.Lie(Name, $"the other side's live flag is {live}");
        }
    }

    private void LookAtStore()
    {
        if (_rendezvous.IsRestored)
        {
            throw VchanFailure.Restored(Name);
        }

        // A server that was ended with its domain wrote no flag; its nodes went with it.
        _isPeerGone |= !_isServer && !_rendezvous.IsPublished(_reference);
    }

    private bool IsAtEnd()
    {
        if (_isPeerGone)
        {
            return _isInputUnwanted || (_isRingEmpty && !_isFlushing);
        }

        return _isClosing && (_isOutputDone || Environment.TickCount64 >= _lingerEnd);
    }

    private Duration UntilLingerEnd()
    {
        if (!_isClosing)
        {
            return Duration.Infinite;
        }

        long now = Environment.TickCount64;
        _lingerEnd = Math.Min(_lingerEnd, now + Math.Min(_options.LingerLimit.Milliseconds, int.MaxValue));
        return Duration.FromMilliseconds(Math.Max(1, _lingerEnd - now));
    }

    private void Serve()
    {
        _port = _events.AllocateUnbound(_domain);
        _page = VchanPage.Grant(_hypervisor.Grants, _domain, _options.ReceiveRingBytes, _options.TransmitRingBytes);
        _page.AnnounceEnd(_port);
        _reference = _page.Reference;
        _rendezvous.Publish(_domain, _reference, _port);
    }

    private bool TryConnect()
    {
        if (!_rendezvous.TryFind(out _reference, out uint remote))
        {
            return false;
        }

        _port = _events.TryBind(_domain, remote) ?? throw VchanFailure.NotServed(Name, $"the server's event channel {remote} is none");
        _page = VchanPage.Map(_hypervisor.Grants, _domain, _reference, out string? fault);
        if (_page is null)
        {
            throw VchanFailure.NotServed(Name, fault!);
        }

        if (_page.PeerLive != VchanLayout.IsConnected)
        {
            throw VchanFailure.NotServed(Name, "the server has left");
        }

        _page.AnnounceEnd(_port);
        _page.Connect();
        _events.Notify(_port);
        return true;
    }

    private void End(XenException? failure)
    {
        Dispose();
        _input.Writer.Complete(failure);
        _output.Reader.Complete(failure);
        _connected.TrySetException(failure ?? VchanFailure.NotServed(Name, "the channel was closed before the other side came"));
        _ended.TrySetResult();

        // Nobody has to look at a channel that ended before it began.
        _ = _connected.Task.Exception;
    }
}
