namespace NetStack.Drivers.XenNetfront;

/// <summary>The shared rings of a network interface in bytes: offsets, sizes and values.</summary>
/// <remarks>Xen's <c>public/io/ring.h</c> (<c>DEFINE_RING_TYPES</c>) and <c>public/io/netif.h</c>. All fields are little-endian on x86.</remarks>
internal static class NetifLayout
{
    public const int PageBytes = 4096;

    // struct NAME_sring: the indices, each 32 bits, then padding up to the slots.
    public const int RequestProduced = 0;
    public const int RequestEvent = 4;
    public const int ResponseProduced = 8;
    public const int ResponseEvent = 12;
    public const int Slots = 64;

    // Slots are as large as the larger of request and response, their number the largest power of two that fits a page.
    public const int TransmitSlotBytes = 12;
    public const int ReceiveSlotBytes = 8;
    public const int ControlSlotBytes = 16;
    public const int TransmitSlotCount = 256;
    public const int ReceiveSlotCount = 256;
    public const int ControlSlotCount = 128;

    // struct netif_tx_request.
    public const int TransmitReference = 0;
    public const int TransmitOffset = 4;
    public const int TransmitFlags = 6;
    public const int TransmitId = 8;
    public const int TransmitSize = 10;

    // struct netif_tx_response.
    public const int TransmitResponseId = 0;
    public const int TransmitResponseStatus = 2;

    // struct netif_rx_request.
    public const int ReceiveId = 0;
    public const int ReceiveReference = 4;

    // struct netif_rx_response. The status is the number of bytes where it is not negative.
    public const int ReceiveResponseId = 0;
    public const int ReceiveResponseOffset = 2;
    public const int ReceiveResponseFlags = 4;
    public const int ReceiveResponseStatus = 6;

    // struct netif_extra_info: eight bytes in a slot of either ring.
    public const int ExtraType = 0;
    public const int ExtraFlags = 1;
    public const int ExtraGsoSize = 2;
    public const int ExtraGsoType = 4;
    public const int ExtraGsoFeatures = 6;
    public const int ExtraMulticastAddress = 2;
    public const int ExtraHashType = 2;
    public const int ExtraHashAlgorithm = 3;
    public const int ExtraHashValue = 4;
    public const int ExtraHeadroom = 2;

    // struct xen_netif_ctrl_request.
    public const int ControlId = 0;
    public const int ControlType = 2;
    public const int ControlData0 = 4;
    public const int ControlData1 = 8;
    public const int ControlData2 = 12;

    // struct xen_netif_ctrl_response.
    public const int ControlResponseId = 0;
    public const int ControlResponseType = 2;
    public const int ControlResponseStatus = 4;
    public const int ControlResponseData = 8;

    // struct xen_netif_gref: the entries of a list of staging grants.
    public const int StagingEntryBytes = 8;
    public const int StagingReference = 0;
    public const int StagingFlags = 4;
    public const int StagingStatus = 6;

    /// <summary><c>XEN_NETIF_NR_SLOTS_MIN</c>: the slots of a frame that every backend takes.</summary>
    public const int MaximumFrameSlots = 18;

    /// <summary><c>XEN_NETIF_MAX_TX_SIZE</c>: the bytes of a frame.</summary>
    public const int MaximumFrameBytes = 0xFFFF;
}
