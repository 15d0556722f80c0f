using NetStack.Drivers.XenNetfront;

namespace NetStack.VchanPeer;

/// <summary>What the device files of a Linux domain do, tried by itself: no other domain takes part.</summary>
internal static unsafe class PlatformProbe
{
    private const int PageBytes = 4096;
    private static int _failures;

    public static int Run(LinuxHypervisor xen)
    {
        Console.WriteLine($"probe: capacity {xen.Grants.Capacity}");
        ProbeGrants(xen.Grants);
        ProbeOurselves(xen);
        ProbeEvents(xen);
        ProbeStore(xen);
        Console.WriteLine(_failures == 0 ? "probe: all is well" : $"probe: {_failures} failures");
        return _failures == 0 ? 0 : 1;
    }

    private static void ProbeGrants(IGrantTable grants)
    {
        const int Pages = 600;
        byte* start = grants.AllocatePages(Pages);
        Fill(start, Pages);
        uint[] references = new uint[Pages];
        Check("grants of pages in a row", grants.TryGrant(0, start, Pages, references) && grants.InUse == Pages);
        Check("each with a reference of its own", references.Distinct().Count() == Pages && !references.Contains(0u));
        Check("which keep what the pages held", IsFilled(start, Pages));
        grants.End(start + (100 * PageBytes), references.AsSpan(100, 50));
        Check("a part of them ends", grants.InUse == Pages - 50 && IsFilled(start, Pages));
        Check("and is granted anew", grants.TryGrant(0, start + (100 * PageBytes), 50, references.AsSpan(100)) && IsFilled(start, Pages));
        grants.End(start, references);
        Check("all end, over the borders of what was granted at once", grants.InUse == 0 && IsFilled(start, Pages));
        grants.FreePages(start, Pages);

        int most = grants.Capacity;
        byte* many = grants.AllocatePages(most + 1);
        Check("more than the platform has are refused", !grants.TryGrant(0, many, most + 1, new uint[most + 1]) && grants.InUse == 0);
        grants.FreePages(many, most + 1);
        Check("a reference that is none is not mapped", grants.TryMap(0, [77_777]) is null);
    }

    /// <summary>A domain may copy what it granted itself. To map it is not for every kind of guest, and the channels show it.</summary>
    private static void ProbeOurselves(LinuxHypervisor xen)
    {
        using IXenStore store = xen.OpenStore(static () => { });
        ushort own = ushort.Parse(store.Read("domid")!, System.Globalization.CultureInfo.InvariantCulture);
        byte* granted = xen.Grants.AllocatePages(2);
        uint[] references = new uint[2];
        Check("pages granted to ourselves", xen.Grants.TryGrant(own, granted, 2, references));
        Fill(granted, 2);
        byte* local = xen.Grants.AllocatePages(1);
        GrantCopy[] copies =
        [
            new() { Local = local + 5, Domain = own, Reference = references[0], OffsetBytes = 5, LengthBytes = 1000 },
            new() { Local = local + 5, Domain = own, Reference = references[1], OffsetBytes = 5, LengthBytes = 10, IsToOther = true },
            new() { Local = local, Domain = own, Reference = 77_777, LengthBytes = 1 },
        ];
        xen.Grants.Copy(copies);
        Check($"copies ({copies[0].Status} {copies[1].Status} {copies[2].Status})", copies[0].Status == 0 && copies[1].Status == 0 && copies[2].Status < 0
            && new Span<byte>(local + 5, 1000).SequenceEqual(new Span<byte>(granted + 5, 1000)));
        xen.Grants.End(granted, references);
        xen.Grants.FreePages(granted, 2);
        xen.Grants.FreePages(local, 1);
    }

    private static void ProbeEvents(LinuxHypervisor xen)
    {
        using IXenStore store = xen.OpenStore(static () => { });
        ushort own = ushort.Parse(store.Read("domid")!, System.Globalization.CultureInfo.InvariantCulture);
        using IEventChannels events = xen.OpenEventChannels(static () => { });
        uint port = events.AllocateUnbound(own);
        uint? other = events.TryBind(own, port);
        Check("a port is bound to another of ours", other is not null && other != port);
        Check("a port that is none is not", events.TryBind(own, 4000) is null);
        while (events.TryTakeFired(out uint early))
        {
            events.Unmask(early);
        }

        events.Notify(other!.Value);
        events.Notify(other.Value);
        Check("an event comes, once until it is unmasked", Await(events, out uint fired) && fired == port && !events.TryTakeFired(out _));
        events.Notify(other.Value);
        Check("and is kept meanwhile", !events.TryTakeFired(out _));
        events.Unmask(port);
        Check("and then comes", Await(events, out fired) && fired == port);
        events.Close(port);
        events.Notify(other.Value);
        Check("a closed port fires no more", !events.TryTakeFired(out _));
        Check("closed ports can be had again", events.AllocateUnbound(own) > 0);
    }

    private static void ProbeStore(LinuxHypervisor xen)
    {
        using IXenStore store = xen.OpenStore(static () => { });
        using IXenStore other = xen.OpenStore(static () => { });
        string value = "\u0001\u00FF" + new string('x', 1500);
        store.Write("data/probe/value", value);
        Check("a value of any bytes", other.Read("data/probe/value") == value);
        Check("what is not there is null", store.Read("data/probe/nothing") is null && store.List("data/nothing") is null);
        Check("nodes are listed", store.List("data/probe") is ["value"]);
        store.Watch("data/probe", "one");
        Check("a watch fires at once", Await(store, out string path, out string token) && (path, token) == ("data/probe", "one"));
        other.Write("data/probe/value", "2");
        Check("and at a change, by the path it was given", Await(store, out path, out _) && path == "data/probe/value");

        uint transaction = store.Begin();
        string? read = store.Read("data/probe/value", transaction);
        other.Write("data/probe/value", "3");
        store.Write("data/probe/value", read + "!", transaction);
        Check("a disturbed transaction is to be done again", !store.End(transaction, commits: true) && store.Read("data/probe/value") == "3");
        transaction = store.Begin();
        store.Write("data/probe/value", "4", transaction);
        Check("an undisturbed one is kept", store.End(transaction, commits: true) && store.Read("data/probe/value") == "4");
        store.PermitReading("data/probe/value", 0);
        try
        {
            const string Foreign = "/local/domain/0/vchan-probe";
            store.Write(Foreign, "");
            store.Remove(Foreign);
            Console.WriteLine("probe: this domain may write what is dom0's");
        }
        catch (XenException refused)
        {
            Check("what is not ours is refused: " + refused.Message, refused.Error == XenError.NotPermitted);
        }

        store.Remove("data/probe");
        Check("nodes are removed, and removed again", store.List("data/probe") is null);
        store.Remove("data/probe");
    }

    private static bool Await(IEventChannels events, out uint port)
    {
        for (int attempt = 0; attempt < 1000; attempt++)
        {
            if (events.TryTakeFired(out port))
            {
                return true;
            }

            Thread.Sleep(10);
        }

        port = 0;
        return false;
    }

    private static bool Await(IXenStore store, out string path, out string token)
    {
        for (int attempt = 0; attempt < 1000; attempt++)
        {
            if (store.TryTakeFired(out path, out token))
            {
                return true;
            }

            Thread.Sleep(10);
        }

        (path, token) = ("", "");
        return false;
    }

    private static void Fill(byte* start, int pages)
    {
        for (int page = 0; page < pages; page++)
        {
            new Span<byte>(start + (page * PageBytes), PageBytes).Fill((byte)(page + 1));
        }
    }

    private static bool IsFilled(byte* start, int pages)
    {
        for (int page = 0; page < pages; page++)
        {
            if (new Span<byte>(start + (page * PageBytes), PageBytes).ContainsAnyExcept((byte)(page + 1)))
            {
                return false;
            }
        }

        return true;
    }

    private static void Check(string what, bool isRight)
    {
        Console.WriteLine($"probe: {(isRight ? "ok" : "FAILED")}: {what}");
        _failures += isRight ? 0 : 1;
    }
}
