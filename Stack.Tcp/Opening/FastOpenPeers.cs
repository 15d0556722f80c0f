using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>What is known of the peers that we open connections to with Fast Open: so many of them, the oldest forgotten first.</summary>
/// <remarks>RFC 7413 §4.1.3.</remarks>
internal sealed class FastOpenPeers
{
    private const int Limit = 1_024;

    /// <summary>How long a peer is not tried again towards which a Fast Open was lost.</summary>
    /// <remarks>RFC 7413 §4.1.3.1 has negative answers remembered and lets them age; the length is ours.</remarks>
    private static readonly Duration _pause = Duration.FromSeconds(3_600);

    private readonly Dictionary<IpAddress, Entry> _entries = [];
    private readonly Queue<IpAddress> _order = new();

    /// <summary>Tells how to open a connection.</summary>
    /// <param name="peer">The peer's address.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="cookie">The cookie; none asks for one.</param>
    /// <param name="segmentBytes">The largest segment the peer takes, as it said last.</param>
    /// <returns>False where Fast Open is not to be tried.</returns>
    public bool MayTry(in IpAddress peer, Instant now, out FastOpenCookie cookie, out int segmentBytes)
    {
        bool isKnown = _entries.TryGetValue(peer, out Entry entry);
        cookie = entry.Cookie;
        segmentBytes = entry.SegmentBytes;
        return !isKnown || now >= entry.PausedUntil;
    }

    /// <summary>The peer has given a cookie.</summary>
    public void Learn(in IpAddress peer, in FastOpenCookie cookie, int segmentBytes) =>
        Put(peer, new Entry(cookie, segmentBytes, default));

    /// <summary>A SYN with the option got no answer, and one without may: something on the way does not like it.</summary>
    public void Fail(in IpAddress peer, Instant now)
    {
        _entries.TryGetValue(peer, out Entry entry);
        Put(peer, entry with { PausedUntil = now + _pause });
    }

    private void Put(in IpAddress peer, Entry entry)
    {
        if (!_entries.ContainsKey(peer))
        {
            if (_order.Count == Limit)
            {
                _entries.Remove(_order.Dequeue());
            }

            _order.Enqueue(peer);
        }

        _entries[peer] = entry;
    }

    private readonly record struct Entry(FastOpenCookie Cookie, int SegmentBytes, Instant PausedUntil);
}
