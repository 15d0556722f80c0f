using NetStack.Core;

namespace NetStack.Drivers.XenNetfront.Tests;

public sealed class SimulatedEventTests : IDisposable
{
    private readonly SimulatedXen _xen = new();
    private readonly SimulatedHypervisor _guest;
    private readonly IEventChannels _ours;
    private readonly IEventChannels _theirs;
    private readonly uint _port;
    private int _wakes;

    public SimulatedEventTests()
    {
        _guest = _xen.AddDomain(1);
        _ours = _guest.OpenEventChannels(() => _wakes++);
        _theirs = _xen.Domain0.OpenEventChannels(() => { });
        _port = _ours.AllocateUnbound(0);
    }

    public void Dispose() => _xen.Dispose();

    [Fact]
    public void A_storm_of_events_fires_once_until_it_is_unmasked()
    {
        uint other = _theirs.TryBind(1, _port)!.Value;
        for (int i = 0; i < 1000; i++)
        {
            _theirs.Notify(other);
        }

        Assert.Equal(1, _wakes);
        Assert.True(_ours.TryTakeFired(out uint fired));
        Assert.Equal(_port, fired);
        Assert.False(_ours.TryTakeFired(out _));
        _ours.Unmask(_port);
        Assert.True(_ours.TryTakeFired(out _));
        _ours.Unmask(_port);
        Assert.False(_ours.TryTakeFired(out _));
    }

    [Fact]
    public void Binding_rings_the_new_port_once_for_what_was_missed()
    {
        uint other = _theirs.TryBind(1, _port)!.Value;

        Assert.True(_theirs.TryTakeFired(out uint fired));
        Assert.Equal(other, fired);
    }

    [Fact]
    public void A_port_is_bound_by_the_domain_it_was_made_for_and_once()
    {
        SimulatedHypervisor stranger = _xen.AddDomain(2);
        using IEventChannels strange = stranger.OpenEventChannels(() => { });

        Assert.Null(strange.TryBind(1, _port));
        Assert.Null(_theirs.TryBind(1, _port + 1));
        Assert.Null(_theirs.TryBind(1, 0));
        Assert.NotNull(_theirs.TryBind(1, _port));
        Assert.Null(_theirs.TryBind(1, _port));
    }

    [Fact]
    public void Notifying_a_closed_other_end_does_nothing()
    {
        uint other = _theirs.TryBind(1, _port)!.Value;
        _ours.Close(_port);

        _theirs.Notify(other);

        Assert.Equal(0, _wakes);
        Assert.Equal(0, _guest.PortsOpen);
    }

    [Fact]
    public void A_suspend_closes_all_ports()
    {
        uint other = _theirs.TryBind(1, _port)!.Value;
        _xen.Resume(_guest, Duration.Zero);

        _theirs.Notify(other);

        Assert.Equal(0, _guest.PortsOpen);
        Assert.False(_ours.TryTakeFired(out _));
    }

    [Fact]
    public void Closing_a_set_closes_its_ports()
    {
        _ours.Dispose();

        Assert.Equal(0, _guest.PortsOpen);
    }
}
