namespace NetStack.PacketScripts;

/// <summary>The levels and options of getsockopt(2) and setsockopt(2).</summary>
internal static class LinuxOption
{
    public const int LevelIp = 0;
    public const int LevelSocket = 1;
    public const int LevelTcp = 6;
    public const int LevelUdp = 17;

    // SOL_SOCKET.
    public const int ReuseAddress = 2;
    public const int Type = 3;
    public const int Error = 4;
    public const int Broadcast = 6;
    public const int SendBuffer = 7;
    public const int ReceiveBuffer = 8;
    public const int KeepAlive = 9;
    public const int OutOfBandInline = 10;
    public const int Priority = 12;
    public const int Linger = 13;
    public const int ReusePort = 15;
    public const int ReceiveLowWater = 18;
    public const int SendLowWater = 19;
    public const int ReceiveTimeout = 20;
    public const int SendTimeout = 21;
    public const int AcceptsConnections = 30;
    public const int SendBufferForce = 32;
    public const int ReceiveBufferForce = 33;
    public const int Mark = 36;
    public const int Protocol = 38;
    public const int Domain = 39;
    public const int MaximumPacingRate = 47;

    // SOL_TCP.
    public const int NoDelay = 1;
    public const int MaximumSegment = 2;
    public const int Cork = 3;
    public const int KeepIdle = 4;
    public const int KeepInterval = 5;
    public const int KeepCount = 6;
    public const int SynCount = 7;
    public const int Linger2 = 8;
    public const int DeferAccept = 9;
    public const int WindowClamp = 10;
    public const int TcpInformation = 11;
    public const int QuickAcknowledgment = 12;
    public const int Congestion = 13;
    public const int UserTimeout = 18;
    public const int FastOpen = 23;
    public const int Timestamp = 24;
    public const int NotSentLowWater = 25;
    public const int FastOpenConnect = 30;
    public const int FastOpenKey = 33;
    public const int FastOpenNoCookie = 34;
    public const int InQueue = 36;

    // SOL_IP.
    public const int TypeOfService = 1;
    public const int TimeToLive = 2;
    public const int MtuDiscover = 10;
    public const int ReceiveErrors = 11;
    public const int Mtu = 14;
    public const int FreeBind = 15;
}
