using System.Globalization;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>A client of a vchan that has the shared page and no manners.</summary>
internal sealed unsafe class MeddlingClient : IDisposable
{
    private readonly SimulatedHypervisor _domain;
    private readonly IEventChannels _events;
    private readonly byte* _page;
    private readonly uint _port;

    public MeddlingClient(VchanPair pair)
    {
        _domain = pair.Client;
        string path = VchanRendezvous.Resolve(VchanPair.Path, VchanPair.ServerDomain);
        using IXenStore store = _domain.OpenStore(static () => { });
        _page = _domain.Grants.TryMap(VchanPair.ServerDomain, [Number(store, path + "/ring-ref")]);
        Assert.True(_page is not null);
        _events = _domain.OpenEventChannels(static () => { });
        _port = _events.TryBind(VchanPair.ServerDomain, Number(store, path + "/event-channel"))!.Value;
    }

    public void Come() => Flag(VchanLayout.ClientIsLive, VchanLayout.IsConnected);

    public void Flag(int offset, byte value)
    {
        Volatile.Write(ref _page[offset], value);
        Ring();
    }

    public void Write(int offset, uint value)
    {
        Volatile.Write(ref *(uint*)(_page + offset), value);
        Ring();
    }

    public uint Read(int offset) => Volatile.Read(ref *(uint*)(_page + offset));

    public void Ring() => _events.Notify(_port);

    public void Dispose()
    {
        _domain.Grants.Unmap(_page, 1);
        _events.Dispose();
    }

    private static uint Number(IXenStore store, string node) => uint.Parse(store.Read(node)!, CultureInfo.InvariantCulture);
}
