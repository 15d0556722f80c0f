using NetStack.Core;

namespace NetStack.IP;

/// <content>The end of a host.</content>
public sealed partial class IpHost
{
    /// <summary>
    /// Gives up every packet that waits: for the link address of a neighbour, for the rest of its fragments, or to be taken
    /// in by the host itself. For the end of a loop, after the transports have been closed; it may be called again.
    /// </summary>
    public void Close()
    {
        while (!_loopback.IsEmpty)
        {
            Pool.Drop(_loopback.Receive(), DropReason.HostClosed);
        }

        V4.Reassembler.Clear();
        foreach (IpInterface @interface in _interfaces)
        {
            @interface.V4.Arp?.Neighbors.Clear();
        }
    }
}
