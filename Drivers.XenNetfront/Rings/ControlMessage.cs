namespace NetStack.Drivers.XenNetfront;

/// <summary>Messages of the control ring, and their outcomes.</summary>
/// <remarks>Xen's <c>public/io/netif.h</c>, <c>XEN_NETIF_CTRL_TYPE_*</c>, <c>XEN_NETIF_CTRL_STATUS_*</c>, <c>XEN_NETIF_CTRL_HASH_*</c>.</remarks>
internal static class ControlMessage
{
    public const ushort GetHashFlags = 1;
    public const ushort SetHashFlags = 2;
    public const ushort SetHashKey = 3;
    public const ushort GetHashMappingSize = 4;
    public const ushort SetHashMappingSize = 5;
    public const ushort SetHashMapping = 6;
    public const ushort SetHashAlgorithm = 7;
    public const ushort GetStagingSize = 8;
    public const ushort AddStaging = 9;
    public const ushort DeleteStaging = 10;

    public const uint Success = 0;
    public const uint NotSupported = 1;
    public const uint InvalidParameter = 2;
    public const uint BufferOverflow = 3;

    public const uint AlgorithmNone = 0;
    public const uint AlgorithmToeplitz = 1;

    public const uint HashV4 = 1;
    public const uint HashV4Tcp = 2;
    public const uint HashV6 = 4;
    public const uint HashV6Tcp = 8;

    /// <summary>A staging grant that the backend only reads (<c>XEN_NETIF_CTRLF_GREF_readonly</c>).</summary>
    public const ushort StagingIsReadOnly = 1;
}
