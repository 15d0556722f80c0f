using NetStack.Core;

namespace NetStack.Testing;

/// <summary>The end of a link that is in a switch.</summary>
internal sealed class SwitchPort(SimulatedSwitch network, LinkEnd end) : IFrameReceiver
{
    public void Receive(SimulatedFrame frame, Instant now) => network.Receive(frame, end, now);
}
