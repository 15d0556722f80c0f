namespace NetStack.Ethernet;

/// <summary>The numbers of the pcapng format that readers and writers share.</summary>
/// <remarks>draft-ietf-opsawg-pcapng §4.</remarks>
public static class PcapngFormat
{
    /// <summary>Block type of a Section Header Block; reads the same in both byte orders.</summary>
    public const uint SectionHeaderBlock = 0x0A0D0D0A;

    /// <summary>Block type of an Interface Description Block.</summary>
    public const uint InterfaceDescriptionBlock = 1;

    /// <summary>Block type of the obsolete Packet Block.</summary>
    public const uint PacketBlock = 2;

    /// <summary>Block type of a Simple Packet Block.</summary>
    public const uint SimplePacketBlock = 3;

    /// <summary>Block type of an Enhanced Packet Block.</summary>
    public const uint EnhancedPacketBlock = 6;

    /// <summary>The section's byte-order magic.</summary>
    public const uint ByteOrderMagic = 0x1A2B3C4D;

    /// <summary>Option that ends a list of options.</summary>
    public const ushort OptionEnd = 0;

    /// <summary>Option in any block: a comment in UTF-8.</summary>
    public const ushort OptionComment = 1;

    /// <summary>Section option: the name of the application that wrote the section.</summary>
    public const ushort OptionSectionApplication = 4;

    /// <summary>Interface option: its name.</summary>
    public const ushort OptionInterfaceName = 2;

    /// <summary>Interface option: the resolution of its timestamps.</summary>
    public const ushort OptionInterfaceResolution = 9;

    /// <summary>Interface option: seconds to add to each of its timestamps.</summary>
    public const ushort OptionInterfaceOffset = 14;

    /// <summary>Enhanced Packet Block option: flags, whose lowest two bits are the direction.</summary>
    public const ushort OptionPacketFlags = 2;

    /// <summary>The largest captured length readers accept and writers write, in bytes.</summary>
    public const int MaximumCapturedLength = 262_144;
}
