using NetStack.Core;

namespace NetStack.Drivers.XenNetfront.Tests;

public sealed unsafe class SimulatedGrantTests : IDisposable
{
    private readonly SimulatedXen _xen = new();
    private readonly SimulatedHypervisor _guest;
    private readonly byte* _pages;

    public SimulatedGrantTests()
    {
        _guest = _xen.AddDomain(3);
        _pages = _guest.Grants.AllocatePages(4);
    }

    public void Dispose()
    {
        _guest.Grants.FreePages(_pages, 4);
        _xen.Dispose();
    }

    [Fact]
    public void A_mapped_page_is_the_owners()
    {
        uint[] references = Grant(4);

        byte* mapped = _xen.Domain0.Grants.TryMap(3, references);
        mapped[5000] = 77;

        Assert.Equal(77, _pages[5000]);
        Assert.Equal(4, _xen.Domain0.PagesMapped);
        _xen.Domain0.Grants.Unmap(mapped, 4);
        Assert.Equal(0, _xen.Domain0.PagesMapped);
    }

    [Fact]
    public void Only_the_domain_it_was_given_to_uses_a_grant()
    {
        SimulatedHypervisor stranger = _xen.AddDomain(4);
        uint[] references = Grant(1);

        Assert.True(stranger.Grants.TryMap(3, references) is null);
        Assert.Equal(-1, Copy(stranger, 3, references[0], 0, 10));
        Assert.Equal(0, Copy(_xen.Domain0, 3, references[0], 0, 10));
    }

    [Theory]
    [InlineData(4095, 2, -10)]
    [InlineData(4096, 0, 0)]
    [InlineData(0, 4097, -10)]
    public void A_copy_stays_within_the_page(ushort offset, ushort length, short status)
    {
        uint[] references = Grant(1);

        Assert.Equal(status, Copy(_xen.Domain0, 3, references[0], offset, length));
    }

    [Fact]
    public void A_copy_names_what_is_wrong()
    {
        Assert.Equal(-2, Copy(_xen.Domain0, 99, 8, 0, 1));
        Assert.Equal(-3, Copy(_xen.Domain0, 3, uint.MaxValue, 0, 1));
        Assert.Equal(-1, Copy(_xen.Domain0, 3, 0, 0, 1));
    }

    [Fact]
    public void An_ended_grant_is_of_no_use_and_its_reference_waits_for_the_last_unmap()
    {
        uint[] references = Grant(1);
        byte* mapped = _xen.Domain0.Grants.TryMap(3, references);
        _guest.Grants.End(_pages, references);

        Assert.Equal(0, _guest.Grants.InUse);
        Assert.Equal(-1, Copy(_xen.Domain0, 3, references[0], 0, 1));
        Assert.NotEqual(references[0], Grant(1)[0]);
        _xen.Domain0.Grants.Unmap(mapped, 1);
        Assert.Equal(references[0], Grant(1)[0]);
    }

    [Fact]
    public void Pages_freed_while_mapped_stay_until_they_are_unmapped()
    {
        byte* pages = _guest.Grants.AllocatePages(2);
        uint[] references = new uint[2];
        Assert.True(_guest.Grants.TryGrant(0, pages, 2, references));
        byte* mapped = _xen.Domain0.Grants.TryMap(3, references.AsSpan(1));
        _guest.Grants.End(pages, references);
        _guest.Grants.FreePages(pages, 2);

        mapped[4095] = 9;
        Assert.Equal(9, mapped[4095]);
        _xen.Domain0.Grants.Unmap(mapped, 1);
        Assert.Equal(4, _guest.PagesAllocated);
    }

    [Fact]
    public void A_full_table_gives_none_of_a_call()
    {
        using SimulatedXen small = new() { MaximumGrants = 3 };
        SimulatedHypervisor guest = small.AddDomain(1);
        Assert.False(guest.Grants.TryGrant(0, _pages, 4, new uint[4]));
        Assert.Equal(0, guest.Grants.InUse);
        Assert.True(guest.Grants.TryGrant(0, _pages, 3, new uint[3]));
    }

    [Fact]
    public void Scribbling_loses_what_pages_held()
    {
        _pages[0] = 1;
        _xen.IsScribbling = true;

        Grant(1);

        Assert.Equal(0xA5, _pages[0]);
    }

    [Fact]
    public void A_suspend_ends_all_grants_and_a_late_unmap_harms_no_new_one()
    {
        uint[] old = Grant(2);
        byte* mapped = _xen.Domain0.Grants.TryMap(3, old);

        _xen.Resume(_guest, Duration.FromSeconds(5));

        Assert.Equal(0, _guest.Grants.InUse);
        Assert.Equal(5_000, _guest.Now.Milliseconds);
        Assert.Equal(-1, Copy(_xen.Domain0, 3, old[0], 0, 1));
        uint[] fresh = Grant(2);
        _xen.Domain0.Grants.Unmap(mapped, 2);
        _guest.Grants.End(_pages, fresh);
        Assert.Equal(0, _guest.Grants.InUse);
    }

    private uint[] Grant(int pages)
    {
        uint[] references = new uint[pages];
        Assert.True(_guest.Grants.TryGrant(0, _pages, pages, references));
        return references;
    }

    private static short Copy(SimulatedHypervisor by, ushort domain, uint reference, ushort offset, ushort length)
    {
        byte* local = by.Grants.AllocatePages(2);
        GrantCopy[] copy = [new() { Local = local, Domain = domain, Reference = reference, OffsetBytes = offset, LengthBytes = length }];
        by.Grants.Copy(copy);
        by.Grants.FreePages(local, 2);
        return copy[0].Status;
    }
}
