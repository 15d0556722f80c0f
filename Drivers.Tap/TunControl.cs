namespace NetStack.Drivers.Tap;

/// <summary>The kernel's numbers for what is asked of a TAP and of a network interface by <c>ioctl</c>.</summary>
/// <remarks>Linux: <c>if_tun.h</c>, <c>sockios.h</c>, <c>ethtool.h</c>.</remarks>
internal static class TunControl
{
    public const nuint GetInterfaceFlags = 0x8913;
    public const nuint SetInterfaceFlags = 0x8914;
    public const nuint GetInterfaceAddress = 0x8915;
    public const nuint GetInterfaceMtu = 0x8921;
    public const nuint SetInterfaceMtu = 0x8922;
    public const nuint GetHardwareAddress = 0x8927;
    public const nuint GetInterfaceIndex = 0x8933;
    public const nuint EthernetTool = 0x8946;
    public const nuint SetTunInterface = 0x400454CA;
    public const nuint SetTunOffloads = 0x400454D0;
    public const nuint SetTunHeaderBytes = 0x400454D8;

    public const short InterfaceUp = 0x1;
    public const short TunTap = 0x2;
    public const short TunNoPacketHeader = 0x1000;
    public const short TunMultiQueue = 0x100;
    public const short TunVirtioHeader = 0x4000;

    // TUN_F_CSUM, TSO4, TSO6, TSO_ECN, USO4 and USO6: what the kernel may leave to us. USO came with Linux 6.2.
    public const int TunSegmentTcp = 0x1 | 0x2 | 0x4 | 0x8;
    public const int TunSegmentUdp = 0x20 | 0x40;

    public const uint EthernetToolGetDriver = 0x3;
    public const uint EthernetToolGetLink = 0xA;
}
