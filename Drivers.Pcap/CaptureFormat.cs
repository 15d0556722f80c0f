namespace NetStack.Drivers.Pcap;

/// <summary>The format of a capture file.</summary>
public enum CaptureFormat
{
    /// <summary>Classic pcap.</summary>
    Pcap,

    /// <summary>pcapng.</summary>
    Pcapng,
}
