namespace NetStack.Ethernet;

/// <summary>What a device's packets start with.</summary>
public enum DeviceMedium
{
    /// <summary>An Ethernet header; neighbours are found by ARP and NDP.</summary>
    Ethernet,

    /// <summary>An IP header; whatever is on the link is reached without link addresses.</summary>
    Ip,
}
