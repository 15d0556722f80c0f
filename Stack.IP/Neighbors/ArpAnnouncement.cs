using NetStack.Core;

namespace NetStack.IP;

/// <summary>Says an address a second time, for those who missed the first.</summary>
/// <remarks>RFC 5227 §1.1: ANNOUNCE_NUM is 2, ANNOUNCE_INTERVAL two seconds.</remarks>
internal sealed class ArpAnnouncement(ArpTable table, uint address) : TimerNode
{
    /// <summary>The time between the two.</summary>
    public static readonly Duration Interval = Duration.FromSeconds(2);

    /// <inheritdoc/>
    protected override void TimerExpired(Instant now) => table.AnnounceAgain(address, now);
}
