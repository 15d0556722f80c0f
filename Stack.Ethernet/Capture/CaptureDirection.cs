namespace NetStack.Ethernet;

/// <summary>The way a captured frame went, as pcapng's <c>epb_flags</c> option writes it.</summary>
public enum CaptureDirection
{
    /// <summary>Not known; no flag is written.</summary>
    Unknown = 0,

    /// <summary>Received by the interface.</summary>
    Inbound = 1,

    /// <summary>Transmitted by the interface.</summary>
    Outbound = 2,
}
