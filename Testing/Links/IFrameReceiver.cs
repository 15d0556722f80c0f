using NetStack.Core;

namespace NetStack.Testing;

/// <summary>What stands at the far end of a direction: a host's device or a switch.</summary>
internal interface IFrameReceiver
{
    /// <summary>Takes a frame that has arrived, and its ownership.</summary>
    void Receive(SimulatedFrame frame, Instant now);
}
