namespace NetStack.PacketScripts;

/// <summary>The states of a connection by the numbers of Linux.</summary>
internal enum LinuxTcpState : byte
{
    Established = 1,
    SynSent = 2,
    SynReceived = 3,
    FinWait1 = 4,
    FinWait2 = 5,
    TimeWait = 6,
    Close = 7,
    CloseWait = 8,
    LastAck = 9,
    Listen = 10,
    Closing = 11,
}
