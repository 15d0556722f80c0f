namespace NetStack.PacketScripts.Tests;

/// <summary>While it lives the peer is another port, with a connection of its own.</summary>
internal readonly struct PeerPortScope(Script script, ushort before) : IDisposable
{
    public void Dispose() => script.SwitchPeer(before);
}
