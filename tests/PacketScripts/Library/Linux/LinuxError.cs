namespace NetStack.PacketScripts;

/// <summary>The error numbers of Linux on x86-64 and arm64. A call that fails answers one of them, negated.</summary>
internal static class LinuxError
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Io = 5;
    public const int BadDescriptor = 9;
    public const int Again = 11;
    public const int OutOfMemory = 12;
    public const int BadAddress = 14;
    public const int Exists = 17;
    public const int Invalid = 22;
    public const int BrokenPipe = 32;
    public const int Deadlock = 35;
    public const int NotImplemented = 38;
    public const int NotSocket = 88;
    public const int DestinationRequired = 89;
    public const int MessageTooLong = 90;
    public const int NoProtocolOption = 92;
    public const int ProtocolNotSupported = 93;
    public const int SocketTypeNotSupported = 94;
    public const int NotSupported = 95;
    public const int FamilyNotSupported = 97;
    public const int AddressInUse = 98;
    public const int AddressNotAvailable = 99;
    public const int NetworkUnreachable = 101;
    public const int ConnectionAborted = 103;
    public const int ConnectionReset = 104;
    public const int NoBuffers = 105;
    public const int IsConnected = 106;
    public const int NotConnected = 107;
    public const int TimedOut = 110;
    public const int ConnectionRefused = 111;
    public const int HostUnreachable = 113;
    public const int Already = 114;
    public const int InProgress = 115;
    public const int ProtocolError = 71;
    public const int AccessDenied = 13;
}
