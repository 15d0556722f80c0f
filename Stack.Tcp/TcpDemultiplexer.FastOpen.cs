using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

// Fast Open, the host's part: the cookies given and the cookies got. RFC 7413.
public sealed partial class TcpDemultiplexer
{
    private readonly SipHashKey _fastOpenKey;

    /// <summary>
    /// The payload that goes with the SYN of a connection opened by Fast Open, if it is appended before the SYN leaves;
    /// zero where there is no cookie of the peer, or an attempt has failed of late.
    /// </summary>
    /// <remarks>RFC 7413 §4.1.3, §4.2.1.</remarks>
    public int FastOpenBytes(IpAddress remote, Instant now) =>
        FastOpenPeers.MayTry(remote, now, out FastOpenCookie cookie, out int segmentBytes)
        && !cookie.IsEmpty
        && Host.FindPath(remote) is { } path
            ? Math.Max(FastOpenRoomBytes(path, segmentBytes), 0)
            : 0;

    /// <summary>The peers we have cookies of.</summary>
    internal FastOpenPeers FastOpenPeers { get; } = new();

    /// <summary>The connections taken in by a cookie whose handshake is not complete.</summary>
    internal int FastOpenPending { get; set; }

    /// <summary>The cookie of a peer: it proves that the peer can receive at its address.</summary>
    /// <remarks>RFC 7413 §4.1.2.</remarks>
    internal FastOpenCookie FastOpenCookieOf(in IpAddress local, in IpAddress remote) =>
        new(ConnectionTable.HashOf(_fastOpenKey, new IpEndPoint(local, 0), new IpEndPoint(remote, 0)));

    /// <summary>What a SYN has room for: a segment of the peer's size, less the room of all options.</summary>
    internal static int FastOpenRoomBytes(IpPath path, int segmentBytes)
    {
        int ipHeaderBytes = path.Destination.IsIPv4 ? 20 : 40;
        return Math.Min(segmentBytes, path.MtuBytes - ipHeaderBytes - TcpHeader.MinimumLengthBytes)
            - (TcpHeader.MaximumLengthBytes - TcpHeader.MinimumLengthBytes);
    }

    /// <summary>What a listen endpoint makes of the Fast Open option of a SYN.</summary>
    private FastOpenVerdict JudgeFastOpen(
        TcpListenEndpoint listener, in IpEndPoint local, in IpEndPoint remote, in Segment syn)
    {
        if (!listener.Options.FastOpen || !syn.Options.HasFastOpen)
        {
            return FastOpenVerdict.None;
        }

        if (syn.Options.FastOpenCookie != FastOpenCookieOf(local.Address, remote.Address))
        {
            return FastOpenVerdict.Offer;
        }

        // RFC 7413 §5.1: such connections cost more than half-open ones, and cookies may be stolen: they are bounded apart.
        // Beyond the bound the handshake is the plain one.
        return FastOpenPending < Options.FastOpenQueueLength ? FastOpenVerdict.Accept : FastOpenVerdict.Decline;
    }
}
