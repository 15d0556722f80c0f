namespace NetStack.PacketScripts;

/// <summary>The events of poll(2) and epoll(7), which share their numbers.</summary>
internal static class LinuxPoll
{
    public const uint In = 0x001;
    public const uint Priority = 0x002;
    public const uint Out = 0x004;
    public const uint Error = 0x008;
    public const uint HangUp = 0x010;
    public const uint Invalid = 0x020;
    public const uint ReadNormal = 0x040;
    public const uint ReadBand = 0x080;
    public const uint WriteNormal = 0x100;
    public const uint WriteBand = 0x200;
    public const uint ReadHangUp = 0x2000;
    public const uint OneShot = 1u << 30;
    public const uint EdgeTriggered = 1u << 31;

    public const uint Readable = In | ReadNormal;
    public const uint Writable = Out | WriteNormal;

    /// <summary>What a wake-up for data to read names.</summary>
    public const uint ReadKey = In | Priority | ReadNormal | ReadBand;

    /// <summary>What a wake-up for room to write names.</summary>
    public const uint WriteKey = Out | WriteNormal | WriteBand;
}
