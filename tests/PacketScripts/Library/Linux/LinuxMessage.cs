namespace NetStack.PacketScripts;

/// <summary>The flags of send(2) and recv(2).</summary>
internal static class LinuxMessage
{
    public const int OutOfBand = 0x1;
    public const int Peek = 0x2;
    public const int Truncate = 0x20;
    public const int DoNotWait = 0x40;
    public const int WaitAll = 0x100;
    public const int ErrorQueue = 0x2000;
    public const int NoSignal = 0x4000;
    public const int More = 0x8000;
    public const int FastOpen = 0x2000_0000;
}
