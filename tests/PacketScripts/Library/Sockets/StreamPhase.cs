namespace NetStack.PacketScripts;

/// <summary>Where a stream socket stands for its owner, whatever the connection does meanwhile.</summary>
internal enum StreamPhase
{
    Unconnected,
    Listening,
    Connecting,
    Connected,
}
