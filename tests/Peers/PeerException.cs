namespace NetStack.Peers;

/// <summary>A peer could not be set up, failed, or did not answer in time. Fails the test that needed it.</summary>
public sealed class PeerException(string message) : Exception(message);
