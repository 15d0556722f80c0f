namespace NetStack.PacketScripts;

/// <summary>Address families, socket types and protocols.</summary>
internal static class LinuxFamily
{
    public const int Unspecified = 0;
    public const int Inet = 2;
    public const int Inet6 = 10;

    public const int Stream = 1;
    public const int Datagram = 2;

    public const int Tcp = 6;
    public const int Udp = 17;
}
