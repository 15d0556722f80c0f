namespace NetStack.Ethernet;

/// <summary>What an Ethernet frame carries.</summary>
/// <remarks>IEEE 802 numbers, "EtherType".</remarks>
public enum EtherType : ushort
{
    /// <summary>Internet Protocol version 4.</summary>
    IPv4 = 0x0800,

    /// <summary>Address Resolution Protocol.</summary>
    Arp = 0x0806,

    /// <summary>A VLAN tag (IEEE 802.1Q), with another EtherType behind it.</summary>
    Vlan = 0x8100,

    /// <summary>Internet Protocol version 6.</summary>
    IPv6 = 0x86DD,

    /// <summary>A service VLAN tag (IEEE 802.1ad), with another tag behind it.</summary>
    ServiceVlan = 0x88A8,
}
