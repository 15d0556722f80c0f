namespace NetStack.Core;

/// <summary>What a loop counts, besides its drops (<see cref="DropReason"/>).</summary>
public enum Counter
{
    /// <summary>Frames taken from devices.</summary>
    FramesReceived,

    /// <summary>Bytes of those frames, link header included.</summary>
    BytesReceived,

    /// <summary>Frames that a protocol took in: every frame received is delivered or dropped.</summary>
    FramesDelivered,

    /// <summary>Frames handed to another shard of the stack, whose they are. ARP messages go to all: they are received, and counted, by each.</summary>
    FramesSteered,

    /// <summary>Frames handed to devices.</summary>
    FramesTransmitted,

    /// <summary>Bytes of those frames, link header included.</summary>
    BytesTransmitted,

    /// <summary>ARP requests received for an address of ours.</summary>
    ArpRequestsReceived,

    /// <summary>ARP replies received.</summary>
    ArpRepliesReceived,

    /// <summary>ARP requests sent.</summary>
    ArpRequestsTransmitted,

    /// <summary>ARP replies sent.</summary>
    ArpRepliesTransmitted,

    /// <summary>ARP messages received that claim an address of ours for another station.</summary>
    ArpConflicts,

    /// <summary>IP packets received with a valid header and meant for us.</summary>
    IpPacketsReceived,

    /// <summary>IP packets sent.</summary>
    IpPacketsTransmitted,

    /// <summary>IP packets for other hosts sent on.</summary>
    IpPacketsForwarded,

    /// <summary>Packets put together from fragments.</summary>
    IpPacketsReassembled,

    /// <summary>Packets cut into fragments.</summary>
    IpPacketsFragmented,

    /// <summary>ICMP messages received.</summary>
    IcmpMessagesReceived,

    /// <summary>ICMP echo requests answered.</summary>
    IcmpEchoesAnswered,

    /// <summary>ICMP error messages sent.</summary>
    IcmpErrorsTransmitted,

    /// <summary>ICMP error messages not sent because of the rate limit.</summary>
    IcmpErrorsSuppressed,

    /// <summary>UDP datagrams delivered to a socket.</summary>
    UdpDatagramsReceived,

    /// <summary>UDP datagrams sent.</summary>
    UdpDatagramsTransmitted,

    /// <summary>TCP segments received with a valid header. Those put together before TCP sees them, by the device or the host, count as one.</summary>
    TcpSegmentsReceived,

    /// <summary>TCP segments sent, retransmissions included.</summary>
    TcpSegmentsTransmitted,

    /// <summary>TCP segments sent again.</summary>
    TcpSegmentsRetransmitted,

    /// <summary>TCP resets sent.</summary>
    TcpResetsTransmitted,

    /// <summary>TCP connections opened by us.</summary>
    TcpActiveOpens,

    /// <summary>TCP connections opened by a peer.</summary>
    TcpPassiveOpens,

    /// <summary>TCP connections that never became established.</summary>
    TcpFailedOpens,

    /// <summary>TCP connections that ended by a reset.</summary>
    TcpConnectionResets,

    /// <summary>Expiries of a TCP retransmission timer.</summary>
    TcpRetransmissionTimeouts,

    /// <summary>Entries into TCP fast recovery.</summary>
    TcpFastRecoveries,

    /// <summary>Recoveries and time-outs taken back, because what was thought lost had arrived.</summary>
    TcpSpuriousRecoveries,

    /// <summary>Segments sent to learn whether the last ones were lost.</summary>
    TcpTailLossProbes,

    /// <summary>Times that TCP payload behind a gap was given back, because it had waited too long or memory ran short.</summary>
    TcpReassemblyDiscards,

    /// <summary>TCP SYNs answered with a cookie.</summary>
    TcpCookiesTransmitted,

    /// <summary>TCP connections opened by a cookie that came back.</summary>
    TcpCookiesAccepted,

    /// <summary>Acknowledgments for a TCP listener that brought no good cookie, although cookies were out.</summary>
    TcpCookiesRefused,

    /// <summary>TCP connections opened by us whose data on the SYN was taken in.</summary>
    TcpFastOpensActive,

    /// <summary>TCP connections opened by a peer with a good Fast Open cookie.</summary>
    TcpFastOpensPassive,

    /// <summary>SYNs with a Fast Open option that got no answer.</summary>
    TcpFastOpensFailed,
}
