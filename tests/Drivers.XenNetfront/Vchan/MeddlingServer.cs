namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>A server of a vchan that offers a page with whatever the test writes into it.</summary>
internal sealed unsafe class MeddlingServer : IDisposable
{
    private readonly SimulatedHypervisor _domain;
    private readonly IEventChannels _events;
    private readonly byte* _page;
    private readonly uint[] _references = new uint[1];

    public MeddlingServer(VchanPair pair, Filling fill)
    {
        _domain = pair.Server;
        _page = _domain.Grants.AllocatePages(1);
        Assert.True(_domain.Grants.TryGrant(VchanPair.ClientDomain, _page, 1, _references));
        fill(new Span<byte>(_page, VchanLayout.PageBytes));
        _events = _domain.OpenEventChannels(static () => { });
        using IXenStore store = _domain.OpenStore(static () => { });
        new VchanRendezvous(store, VchanPair.Path, "test").Publish(
            VchanPair.ClientDomain, _references[0], _events.AllocateUnbound(VchanPair.ClientDomain));
    }

    public delegate void Filling(Span<byte> page);

    public void Dispose()
    {
        _domain.Grants.End(_page, _references);
        _domain.Grants.FreePages(_page, 1);
        _events.Dispose();
    }
}
