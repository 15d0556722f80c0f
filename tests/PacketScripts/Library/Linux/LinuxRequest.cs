namespace NetStack.PacketScripts;

/// <summary>Requests of ioctl(2) and commands of fcntl(2), and the flags of a file.</summary>
internal static class LinuxRequest
{
    public const ulong OutputQueue = 0x5411;
    public const ulong InputQueue = 0x541B;
    public const ulong NonBlocking = 0x5421;
    public const ulong AtMark = 0x8905;
    public const ulong OutputNotSent = 0x894B;

    public const int GetDescriptorFlags = 1;
    public const int SetDescriptorFlags = 2;
    public const int GetStatusFlags = 3;
    public const int SetStatusFlags = 4;

    public const int ReadWrite = 0x2;
    public const int NonBlockingFlag = 0x800;
    public const int CloseOnExecFlag = 0x80000;
}
