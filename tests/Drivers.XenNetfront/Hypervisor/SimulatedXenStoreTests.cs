using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

public sealed class SimulatedXenStoreTests : IDisposable
{
    private readonly SimulatedXen _xen = new();
    private readonly SimulatedHypervisor _guest;
    private readonly IXenStore _store;
    private readonly IXenStore _root;

    public SimulatedXenStoreTests()
    {
        _guest = _xen.AddDomain(7);
        _store = _guest.OpenStore(() => { });
        _root = _xen.Domain0.OpenStore(() => { });
    }

    public void Dispose() => _xen.Dispose();

    [Fact]
    public void A_relative_path_is_below_the_domains_home()
    {
        _store.Write("data/a/b", "hello");

        Assert.Equal("hello", _root.Read("/local/domain/7/data/a/b"));
        Assert.Equal("", _store.Read("data/a"));
        Assert.Equal(["b"], _store.List("data/a")!);
        Assert.Null(_store.List("data/c"));
        _store.Remove("data/a");
        Assert.Null(_store.Read("data/a/b"));
    }

    [Fact]
    public void A_domain_writes_only_what_is_its_own_and_reads_what_it_may()
    {
        _root.Write("/local/domain/0/secret", "x");
        _root.PermitReading("/local/domain/0/secret", 8);

        Assert.Null(_store.Read("/local/domain/0/secret"));
        Assert.Equal(XenError.NotPermitted, Assert.Throws<XenException>(() => _store.Write("/local/domain/0/b", "y")).Error);
        Assert.Throws<XenException>(() => _store.Remove("/local/domain/7/device"));
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("data/")]
    [InlineData("data//a")]
    [InlineData("")]
    public void A_path_that_is_none_is_refused(string path) => Assert.Throws<XenException>(() => _store.Read(path));

    [Fact]
    public void A_watch_fires_at_first_and_for_the_node_and_all_below()
    {
        _store.Watch("data/a", "t");
        Assert.Equal(["data/a"], Fired(_store));

        _root.Write("/local/domain/7/data/a/b", "1");
        _root.Write("/local/domain/7/data/ab", "1");
        _root.Write("/local/domain/7/data/a", "2");
        Assert.Equal(["data/a/b", "data/a"], Fired(_store));

        _root.Remove("/local/domain/7/data");
        Assert.Equal(["data/a"], Fired(_store));
        _store.Unwatch("data/a", "t");
        _root.Write("/local/domain/7/data/a", "2");
        Assert.Empty(Fired(_store));
    }

    [Fact]
    public void A_transaction_shows_and_fires_at_its_end_only()
    {
        _root.Watch("/local/domain/7/data", "t");
        Fired(_root);
        uint transaction = _store.Begin();
        _store.Write("data/x", "1", transaction);

        Assert.Equal("1", _store.Read("data/x", transaction));
        Assert.Null(_root.Read("/local/domain/7/data/x"));
        Assert.Empty(Fired(_root));
        Assert.True(_store.End(transaction, commits: true));
        Assert.Equal("1", _root.Read("/local/domain/7/data/x"));
        Assert.Equal(["/local/domain/7/data/x"], Fired(_root));
    }

    [Fact]
    public void A_transaction_that_somebody_crossed_is_begun_anew()
    {
        _store.Write("data/x", "1");
        uint transaction = _store.Begin();
        _store.Read("data/x", transaction);
        _store.Write("data/y", "2", transaction);
        _root.Write("/local/domain/7/data/x", "3");

        Assert.False(_store.End(transaction, commits: true));
        Assert.Null(_store.Read("data/y"));
    }

    [Fact]
    public void A_transaction_not_committed_leaves_nothing()
    {
        uint transaction = _store.Begin();
        _store.Write("data/x", "1", transaction);

        Assert.True(_store.End(transaction, commits: false));
        Assert.Null(_store.Read("data/x"));
        Assert.Throws<XenException>(() => _store.Read("data/x", transaction));
    }

    [Fact]
    public void A_toolstack_writes_a_vif_as_xl_does()
    {
        using VifToolstack toolstack = new(_xen);
        toolstack.Attach(_guest, 0, new MacAddress(0x00_16_3E_00_00_01), 9000);

        Assert.Equal("/local/domain/0/backend/vif/7/0", _store.Read("device/vif/0/backend"));
        Assert.Equal("00:16:3e:00:00:01", _store.Read("device/vif/0/mac"));
        Assert.Equal("1", _store.Read("/local/domain/0/backend/vif/7/0/state"));
        Assert.Equal("7", _root.Read("/local/domain/0/backend/vif/7/0/frontend-id"));
        _store.Write("device/vif/0/state", "3");
        Assert.Throws<XenException>(() => _store.Write("/local/domain/0/backend/vif/7/0/state", "3"));
        toolstack.EndDetach(_guest, 0);
        Assert.Null(_store.Read("device/vif/0"));
    }

    [Fact]
    public void A_restored_domain_with_a_new_number_has_its_watches_fire_in_its_new_home()
    {
        using VifToolstack toolstack = new(_xen);
        MacAddress address = new(0x00_16_3E_00_00_01);
        toolstack.Attach(_guest, 0, address);
        _store.Watch("device/vif/0/state", "t");
        Fired(_store);

        _xen.Resume(_guest, Duration.FromSeconds(1), () => toolstack.Attach(_guest, 0, address), number: 12);

        Assert.Contains("device/vif/0/state", Fired(_store));
        Assert.Equal("/local/domain/0/backend/vif/12/0", _store.Read("device/vif/0/backend"));
        Assert.Null(_root.Read("/local/domain/7"));
    }

    private static List<string> Fired(IXenStore store)
    {
        List<string> paths = [];
        while (store.TryTakeFired(out string path, out _))
        {
            paths.Add(path);
        }

        return paths;
    }
}
