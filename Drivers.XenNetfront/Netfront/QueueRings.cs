using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// The rings and event channels of one queue, from one connection of the interface to its end. Belongs to the queue's loop; the
/// numbers that the backend is told of do not change.
/// </summary>
internal sealed unsafe class QueueRings
{
    private const int Pages = 2;

    private readonly IGrantTable _table;
    private readonly IEventChannels _channels;
    private readonly byte* _pages;
    private readonly uint[] _references = new uint[Pages];

    /// <summary>Makes the rings, and puts blocks on that of received frames.</summary>
    /// <exception cref="XenException">There are no more pages, grants or event channels.</exception>
    public QueueRings(IGrantTable table, IEventChannels channels, BlockGrants grants, PacketPool pool, in BackendFeatures features, string name)
    {
        _table = table;
        _channels = channels;
        _pages = table.AllocatePages(Pages);
        if (!table.TryGrant(grants.Domain, _pages, Pages, _references))
        {
            table.FreePages(_pages, Pages);
            throw new XenException(XenError.Exhausted, $"{name}: the platform gives no more grants for its rings.");
        }

        try
        {
            TransmitPort = channels.AllocateUnbound(grants.Domain);
            ReceivePort = features.SplitEventChannels ? channels.AllocateUnbound(grants.Domain) : TransmitPort;
        }
        catch
        {
            FreePages();
            throw;
        }

        Transmit = new TransmitQueue(_pages, grants, pool, features.ScatterGather);
        Receive = new ReceiveQueue(_pages + NetifLayout.PageBytes, grants, pool, features.Headroom);
        Receive.Refill();
    }

    public TransmitQueue Transmit { get; }

    public ReceiveQueue Receive { get; }

    public uint TransmitReference => _references[0];

    public uint ReceiveReference => _references[1];

    public uint TransmitPort { get; }

    public uint ReceivePort { get; }

    /// <summary>Rings both bells: the backend then looks at the rings, whatever happened before it came.</summary>
    public void NotifyAll()
    {
        _channels.Notify(TransmitPort);
        if (ReceivePort != TransmitPort)
        {
            _channels.Notify(ReceivePort);
        }
    }

    /// <summary>Ends the connection: all blocks go home.</summary>
    public void Close()
    {
        Transmit.Abandon();
        Receive.Abandon();
        _channels.Close(TransmitPort);
        if (ReceivePort != TransmitPort)
        {
            _channels.Close(ReceivePort);
        }

        FreePages();
    }

    private void FreePages()
    {
        _table.End(_pages, _references);
        _table.FreePages(_pages, Pages);
    }
}
