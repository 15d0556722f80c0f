namespace NetStack.Sockets;

/// <summary>The options of TCP that a socket knows, by the numbers of Linux (netinet/tcp.h).</summary>
internal enum TcpSocketOption
{
    /// <summary>TCP_NODELAY: small segments leave at once.</summary>
    NoDelay = 1,

    /// <summary>TCP_MAXSEG: the largest segment.</summary>
    MaximumSegment = 2,

    /// <summary>TCP_CORK: segments that are not full are held back.</summary>
    Cork = 3,

    /// <summary>TCP_KEEPIDLE: seconds before the first probe.</summary>
    KeepAliveTime = 4,

    /// <summary>TCP_KEEPINTVL: seconds between probes.</summary>
    KeepAliveInterval = 5,

    /// <summary>TCP_KEEPCNT: probes before the connection fails.</summary>
    KeepAliveProbes = 6,

    /// <summary>TCP_SYNCNT: how often a SYN is sent again.</summary>
    SynRetries = 7,

    /// <summary>TCP_QUICKACK: acknowledgments are not delayed for a while.</summary>
    QuickAcknowledgment = 12,

    /// <summary>TCP_CONGESTION: the congestion control, by name.</summary>
    CongestionControl = 13,

    /// <summary>TCP_USER_TIMEOUT: milliseconds that sent data may stay unacknowledged.</summary>
    UserTimeout = 18,

    /// <summary>TCP_FASTOPEN: a listening socket takes data with the SYN.</summary>
    FastOpen = 23,

    /// <summary>TCP_FASTOPEN_CONNECT: the first bytes sent go with the SYN.</summary>
    FastOpenConnect = 30,
}
