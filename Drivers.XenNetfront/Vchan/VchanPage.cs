namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// The memory of a vchan: the shared page and the pages of the rings, granted by the server and mapped by the client, with what
/// the page says of the two sides.
/// </summary>
internal sealed unsafe class VchanPage : IDisposable
{
    private readonly IGrantTable _grants;
    private readonly bool _isServer;
    private readonly List<(nint Start, uint[] References)> _pages = [];
    private readonly byte* _page;
    private bool _isClosed;

    private VchanPage(IGrantTable grants, byte* page, bool isServer)
    {
        _grants = grants;
        _page = page;
        _isServer = isServer;
        Receive = null!;
        Transmit = null!;
    }

    public VchanRing Receive { get; private set; }

    public VchanRing Transmit { get; private set; }

    /// <summary>The reference of the shared page: what the server publishes.</summary>
    public uint Reference => _pages[0].References[0];

    /// <summary>Whether the other side is there, has left, or has not come: <see cref="VchanLayout"/>.</summary>
    public byte PeerLive => Volatile.Read(ref _page[_isServer ? VchanLayout.ClientIsLive : VchanLayout.ServerIsLive]);

    private byte* OwnLive => _page + (_isServer ? VchanLayout.ServerIsLive : VchanLayout.ClientIsLive);

    private ref uint Flags => ref *(uint*)(_page + VchanLayout.Flags);

    /// <summary>Makes the server's memory and grants it.</summary>
    /// <exception cref="XenException">The platform has no memory or no grants for it.</exception>
    public static VchanPage Grant(IGrantTable grants, ushort domain, int receiveBytes, int transmitBytes)
    {
        (int left, int right) = VchanLayout.Choose(receiveBytes, transmitBytes);
        VchanPage page = new(grants, grants.AllocatePages(1), isServer: true);
        try
        {
            page.Share(domain, page._page, 1);
            new Span<byte>(page._page, VchanLayout.PageBytes).Clear();
            byte* leftPages = page.ShareRing(domain, left);
            byte* rightPages = page.ShareRing(domain, right);
            uint* list = (uint*)(page._page + VchanLayout.Grants);
            foreach ((_, uint[] references) in page._pages.Skip(1))
            {
                references.CopyTo(new Span<uint>(list, references.Length));
                list += references.Length;
            }

            *(ushort*)(page._page + VchanLayout.LeftOrder) = (ushort)left;
            *(ushort*)(page._page + VchanLayout.RightOrder) = (ushort)right;
            page._page[VchanLayout.ClientIsLive] = VchanLayout.HasNotConnected;
            page._page[VchanLayout.ServerIsLive] = VchanLayout.IsConnected;
            page.Want(VchanLayout.NotifyWrite);
            page.Receive = new VchanRing(page._page + VchanLayout.LeftConsumed, page.BufferOf(left, leftPages), left, isWriter: false);
            page.Transmit = new VchanRing(page._page + VchanLayout.RightConsumed, page.BufferOf(right, rightPages), right, isWriter: true);
            return page;
        }
        catch
        {
            page.Dispose();
            throw;
        }
    }

    /// <summary>Maps a server's memory.</summary>
    /// <param name="grants">Our grant table.</param>
    /// <param name="domain">The server's domain.</param>
    /// <param name="reference">The reference of its shared page.</param>
    /// <param name="fault">What is wrong with it; null where it was mapped.</param>
    public static VchanPage? Map(IGrantTable grants, ushort domain, uint reference, out string? fault)
    {
        byte* shared = grants.TryMap(domain, [reference]);
        if (shared is null)
        {
            fault = $"the server's grant {reference} cannot be mapped";
            return null;
        }

        VchanPage page = new(grants, shared, isServer: false);
        page._pages.Add(((nint)shared, [reference]));

        // Each value is read once: the server may change them below our feet.
        int left = Volatile.Read(ref *(ushort*)(shared + VchanLayout.LeftOrder));
        int right = Volatile.Read(ref *(ushort*)(shared + VchanLayout.RightOrder));
        fault = VchanLayout.FaultOf(left, right);
        if (fault is null)
        {
            byte* leftPages = page.MapRing(domain, left, VchanLayout.Grants, ref fault);
            byte* rightPages = page.MapRing(domain, right, VchanLayout.Grants + (VchanLayout.PagesOf(left) * sizeof(uint)), ref fault);
            if (fault is null)
            {
                page.Transmit = new VchanRing(shared + VchanLayout.LeftConsumed, page.BufferOf(left, leftPages), left, isWriter: true);
                page.Receive = new VchanRing(shared + VchanLayout.RightConsumed, page.BufferOf(right, rightPages), right, isWriter: false);
                return page;
            }
        }

        page.Dispose();
        return null;
    }

    /// <summary>The client is there: from now on each side may find the other gone.</summary>
    public void Connect()
    {
        Want(VchanLayout.NotifyWrite);
        Volatile.Write(ref *OwnLive, VchanLayout.IsConnected);
    }

    /// <summary>Has the kernel say for us that we have left, should we end without a word.</summary>
    public void AnnounceEnd(uint port) => _grants.TryAnnounceEnd(OwnLive, port);

    /// <summary>Says that we have left.</summary>
    public void Leave() => Volatile.Write(ref *OwnLive, VchanLayout.HasLeft);

    /// <summary>Asks the peer to ring when it has written or read. Look at the ring once more after this, and only then wait.</summary>
    public void Want(uint what)
    {
        // A full fence: what the caller reads next is not older than this request.
        Interlocked.Or(ref Flags, what << (_isServer ? VchanLayout.ClientNotifyShift : VchanLayout.ServerNotifyShift));
    }

    /// <summary>Whether the peer has asked to be told of what was just done; it is told once.</summary>
    public bool TakeWish(uint what)
    {
        uint bit = what << (_isServer ? VchanLayout.ServerNotifyShift : VchanLayout.ClientNotifyShift);
        return (Interlocked.And(ref Flags, ~bit) & bit) != 0;
    }

    public void Dispose()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        foreach ((nint start, uint[] references) in Enumerable.Reverse(_pages))
        {
            if (_isServer)
            {
                _grants.End((byte*)start, references);
                _grants.FreePages((byte*)start, references.Length);
            }
            else
            {
                _grants.Unmap((byte*)start, references.Length);
            }
        }

        if (_pages.Count == 0)
        {
            _grants.FreePages(_page, 1);
        }
    }

    private byte* BufferOf(int order, byte* pages) => order < VchanLayout.PageOrder ? _page + (1 << order) : pages;

    private byte* ShareRing(ushort domain, int order)
    {
        int pages = VchanLayout.PagesOf(order);
        if (pages == 0)
        {
            return null;
        }

        byte* start = _grants.AllocatePages(pages);
        try
        {
            Share(domain, start, pages);
            return start;
        }
        catch
        {
            _grants.FreePages(start, pages);
            throw;
        }
    }

    private void Share(ushort domain, byte* start, int pages)
    {
        uint[] references = new uint[pages];
        if (!_grants.TryGrant(domain, start, pages, references))
        {
            throw new XenException(XenError.Exhausted,
                $"vchan: no {pages} grants are left for domain {domain} (in use {_grants.InUse} of {_grants.Capacity}); use smaller rings, or give this domain more.");
        }

        _pages.Add(((nint)start, references));
    }

    private byte* MapRing(ushort domain, int order, int listOffset, ref string? fault)
    {
        int pages = VchanLayout.PagesOf(order);
        if (pages == 0 || fault is not null)
        {
            return null;
        }

        uint[] references = new ReadOnlySpan<uint>(_page + listOffset, pages).ToArray();
        byte* start = _grants.TryMap(domain, references);
        if (start is null)
        {
            fault = $"the {pages} grants of a ring cannot be mapped";
            return null;
        }

        _pages.Add(((nint)start, references));
        return start;
    }
}
