namespace NetStack.Tcp;

/// <summary>A segment without payload that is sent at once, on behalf of a connection that has ended or never was.</summary>
/// <param name="Sequence">The sequence number.</param>
/// <param name="Acknowledgment">The acknowledgment number, with ACK.</param>
/// <param name="Flags">The control bits.</param>
/// <param name="Window">The window field.</param>
/// <param name="HasTimestamps">Whether the timestamps option goes with it.</param>
/// <param name="TimestampValue">TSval.</param>
/// <param name="TimestampEcho">TSecr.</param>
/// <param name="TrafficClass">The traffic class (TOS) of its packet.</param>
internal readonly record struct ControlSegment(
    SequenceNumber Sequence,
    SequenceNumber Acknowledgment,
    TcpFlags Flags,
    ushort Window = 0,
    bool HasTimestamps = false,
    uint TimestampValue = 0,
    uint TimestampEcho = 0,
    byte TrafficClass = 0);
